"""Deciding about messages that were rejected or given up: sent again, or removed.

A message can only be removed by who has taken it from its queue, and taken are the first ones
together. Of those that are not meant the first PUT_BACK are put back at once: they are what a list
shows. The others, where the message lay far behind, are seen again by themselves after
HIDDEN_SECONDS, as all are if whoever took them dies. A message that was sent again and is still
there asks for the same when it is sent once more, as a start has its key.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice

from shared.domain.shelf import Shelf
from shared.domain.shelved import Message, Shelved, shelved
from shared.services.ports import Clock, MessageShelf, Outbox
from shared.services.reading.messages import Shelves, shelf_named
from shared.services.refusals import (
    MessageNotFoundError,
    MessageOutOfReachError,
    NotResendableError,
)
from shared.storage.table import StorageRefusedError
from shared.telemetry import event

HIDDEN_SECONDS = 30
TAKES = 64
"""How often the first 32 messages are taken, to find one among those that are there."""

SEARCH_SECONDS = 15.0
"""How long that may take: a caller waits, and what is taken must not be seen again meanwhile."""

PUT_BACK = 64
"""How many are put back: each takes a request."""

_TOO_LONG = "it is too long for a message of the app's own"


@dataclass(frozen=True, slots=True)
class DecideAboutMessages:
    """`outboxes`: where what lies on a shelf is sent again."""

    shelves: Shelves
    outboxes: Mapping[Shelf, Outbox]
    clock: Clock

    def resend(self, name: str, message_id: str) -> Shelved:
        """Send what a message asked for again, and remove it.

        Raises QueueNotFoundError, MessageNotFoundError, MessageOutOfReachError,
        NotResendableError and StorageUnavailableError.
        """
        shelf = shelf_named(name)
        with self._taken(shelf, message_id) as found:
            if found.hindrance is not None:
                raise NotResendableError(found.hindrance)
            try:
                self.outboxes[shelf].send(found.sent_again())
            except StorageRefusedError:
                raise NotResendableError(_TOO_LONG) from None
            event("message.sent_again", queue=shelf.value, message_id=message_id)
            self._remove(found)
        return found

    def remove(self, name: str, message_id: str) -> None:
        """Remove a message, with all its parts.

        Raises QueueNotFoundError, MessageNotFoundError, MessageOutOfReachError and
        StorageUnavailableError.
        """
        shelf = shelf_named(name)
        with self._taken(shelf, message_id) as found:
            self._remove(found)
        event("message.removed", queue=shelf.value, message_id=message_id)

    def _remove(self, found: Shelved) -> None:
        for message in found.messages:
            self.shelves[found.shelf].remove(message)

    @contextmanager
    def _taken(self, shelf: Shelf, message_id: str) -> Iterator[Shelved]:
        """Take a message with its other parts, and put back what else was taken with it."""
        taken: list[Message] = []
        meant: tuple[Message, ...] = ()
        stays, there = True, self.shelves[shelf]
        try:
            found = self._look_for(there, shelf, message_id, taken)
            meant = found.messages
            yield found
            stays = False
        finally:
            others = (each for each in taken if each not in meant)
            for each in islice(chain(meant if stays else (), others), PUT_BACK):
                there.put_back(each)

    def _look_for(
        self, there: MessageShelf, shelf: Shelf, message_id: str, taken: list[Message]
    ) -> Shelved:
        """Take messages until the one that is meant is there with all its parts.

        Raises MessageNotFoundError where no more are, MessageOutOfReachError where too many are.
        """
        ends = self.clock.monotonic() + SEARCH_SECONDS
        lying, found, more = _Lying(shelf), None, list[Message]()
        for _ in range(TAKES):
            more = there.take(HIDDEN_SECONDS)
            taken += more
            lying.add(more)
            found = lying.of(message_id)
            if not more or self.clock.monotonic() >= ends or (found and found.whole):
                break
        if found is not None:
            return found
        raise MessageOutOfReachError(len(taken)) if more else MessageNotFoundError


class _Lying:
    """Messages by what they are parts of, each read once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._named: dict[str, dict[str, Message]] = {}
        self._names: dict[str, str] = {}

    def add(self, messages: Iterable[Message]) -> None:
        for each in messages:
            (single,) = shelved(self._shelf, [each])
            name = self._names[each.id] = single.message_id or each.id
            self._named.setdefault(name, {})[each.id] = each  # taken again, it has a new receipt

    def of(self, message_id: str) -> Shelved | None:
        """Put together what the message of an id is a part of."""
        name = self._names.get(message_id)
        if name is None:
            return None
        (found,) = shelved(self._shelf, self._named[name].values())
        return found

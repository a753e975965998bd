"""Deciding about messages that were rejected or given up: sent again, or removed.

A message can only be removed by who has taken it from its queue, and taken are the first ones
together: those that are not meant are put back at once. Whoever dies meanwhile leaves them to be
seen again after HIDDEN_SECONDS; a message that was sent again and is still there asks for the same
when it is sent once more, as a start has its key.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from shared.domain.shelf import Shelf
from shared.domain.shelved import Message, Shelved, shelved
from shared.services.ports import MessageShelf, Outbox
from shared.services.reading.messages import Shelves, shelf_named
from shared.services.refusals import MessageNotFoundError, NotResendableError
from shared.storage.table import StorageRefusedError
from shared.telemetry import event

HIDDEN_SECONDS = 30
TAKES = 10
"""How often the first messages are taken, to find one among those that are there."""

_TOO_LONG = "it is too long for a message of the app's own"


@dataclass(frozen=True, slots=True)
class DecideAboutMessages:
    """`outboxes`: where what lies on a shelf is sent again."""

    shelves: Shelves
    outboxes: Mapping[Shelf, Outbox]

    def resend(self, name: str, message_id: str) -> Shelved:
        """Send what a message asked for again, and remove it.

        Raises QueueNotFoundError, MessageNotFoundError, NotResendableError and
        StorageUnavailableError.
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

        Raises QueueNotFoundError, MessageNotFoundError and StorageUnavailableError.
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
        """Take a message with its other parts, and put back whatever else was taken with it."""
        taken: list[Message] = []
        meant: tuple[Message, ...] = ()
        there = self.shelves[shelf]
        try:
            found = _look_for(there, shelf, message_id, taken)
            if found is None:
                raise MessageNotFoundError
            yield found
            meant = found.messages
        finally:
            for each in taken:
                if each not in meant:
                    there.put_back(each)


def _look_for(
    there: MessageShelf, shelf: Shelf, message_id: str, taken: list[Message]
) -> Shelved | None:
    """Take messages until the one that is meant is there with all its parts, or no more are."""
    found: Shelved | None = None
    for _ in range(TAKES):
        more = there.take(HIDDEN_SECONDS)
        taken += more
        lying = shelved(shelf, taken)
        found = next((each for each in lying if _is_of(each, message_id)), None)
        if not more or (found is not None and found.text is not None):
            break
    return found


def _is_of(found: Shelved, message_id: str) -> bool:
    return any(message.id == message_id for message in found.messages)

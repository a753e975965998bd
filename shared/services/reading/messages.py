"""Reading messages that were rejected or given up: what they asked for, and why they lie there."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.shelf import Shelf
from shared.domain.shelved import Shelved, shelved
from shared.services.ports import MessageShelf
from shared.services.refusals import QueueNotFoundError

Shelves = Mapping[Shelf, MessageShelf]


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies on a shelf first; `more`: whether there is more, as far as is known."""

    shelf: Shelf
    found: tuple[Shelved, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class ReadMessages:
    shelves: Shelves

    def __call__(self, name: str) -> Lying:
        """Look at what lies on a shelf, the oldest first, whoever has taken and put back some.

        Raises QueueNotFoundError and StorageUnavailableError.
        """
        shelf = shelf_named(name)
        there = self.shelves[shelf]
        messages = sorted(there.peek(), key=lambda each: (each.inserted_at, each.id))
        return Lying(shelf, tuple(shelved(shelf, messages)), there.count() > len(messages))


def shelf_named(name: str) -> Shelf:
    """Give the shelf of a name; raises QueueNotFoundError."""
    try:
        return Shelf(name)
    except ValueError:
        raise QueueNotFoundError from None

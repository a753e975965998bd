"""Messages that nobody works any more, counted."""

from dataclasses import dataclass

from shared.domain.shelf import Shelf


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many messages lie on a shelf, about."""

    shelf: Shelf
    count: int

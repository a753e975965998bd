"""Shelves: the queues whose messages nobody handles by itself, by the names that callers give.

What was rejected lies on one, and what the host gave up on one for each queue that the app handles.
"""

from enum import StrEnum


class Shelf(StrEnum):
    REJECTED = "rejected"
    REQUESTS = "requests-poison"
    WAKE_UPS = "wakeups-poison"
    NOTIFICATIONS = "notifications-poison"

    @property
    def kind(self) -> str:
        """Tell how messages get there: the app rejects them, or the host gives them up."""
        return "Rejected" if self is Shelf.REJECTED else "Poison"

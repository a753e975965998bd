"""The names of the app's queues: those who send and those who are triggered know the same."""

from dataclasses import dataclass

from shared.domain.shelf import Shelf

POISON = "-poison"
"""What the host adds to a queue's name for messages that it gave up."""


@dataclass(frozen=True, slots=True)
class QueueNames:
    """`prefix`: before each name, so that two brokers can share a storage account."""

    prefix: str = ""

    @property
    def requests(self) -> str:
        return f"{self.prefix}run-requests"

    @property
    def rejections(self) -> str:
        return f"{self.prefix}run-requests-rejected"

    @property
    def wake_ups(self) -> str:
        return f"{self.prefix}lane-wakeups"

    @property
    def events(self) -> str:
        return f"{self.prefix}run-events"

    @property
    def notifications(self) -> str:
        return f"{self.prefix}run-notifications"

    @property
    def shelves(self) -> dict[Shelf, str]:
        """Name the queues whose messages nobody handles by itself."""
        given_up = (Shelf.REQUESTS, Shelf.WAKE_UPS, Shelf.NOTIFICATIONS)
        return {Shelf.REJECTED: self.rejections, **dict(zip(given_up, self.poison, strict=True))}

    @property
    def poison(self) -> tuple[str, ...]:
        """List where the host puts messages of the app's triggers that were tried too often."""
        triggered = (self.requests, self.wake_ups, self.notifications)
        return tuple(f"{name}{POISON}" for name in triggered)

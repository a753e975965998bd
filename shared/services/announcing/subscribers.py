"""Subscribers: who listens for the end of a run. All ends of a while are told by one reading.

A list that was read FRESH_SECONDS ago is used at the most, and whoever subscribes is answered only
SETTLE_SECONDS after his row was written: by then every list in use has it. So an end that comes
after the answer is told, and ends do not cost a read each.
"""

from dataclasses import dataclass, field

from shared.domain.run import Run
from shared.domain.subscription import Subscription
from shared.services.ports import Clock
from shared.storage.subscriptions import SubscriptionTable

FRESH_SECONDS = 2.0
SETTLE_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read, and when the reading began, in monotonic seconds."""

    at: float
    subscriptions: list[Subscription]


@dataclass(frozen=True, slots=True)
class Subscribers:
    """Every method raises StorageUnavailableError."""

    table: SubscriptionTable
    clock: Clock
    _last: list[_Read] = field(default_factory=list)

    def of(self, run: Run) -> list[Subscription]:
        """List whom the end of a run is told to, which was written before this is asked."""
        now = self.clock.monotonic()
        read = self._last[0] if self._last else None
        if read is None or now - read.at >= FRESH_SECONDS:
            read = _Read(now, self.table.all())
            self._last[:] = [read]
        return [each for each in read.subscriptions if each.request.wants(run)]

    def now_of(self, run: Run) -> list[Subscription]:
        """List the same, as it is now."""
        return [each for each in self.table.all() if each.request.wants(run)]

"""What needs somebody's attention, gathered in a few requests whatever is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.allowance import Allowance
from shared.domain.pause import Pause
from shared.domain.queue_count import QueueCount
from shared.services.ports import Clock
from shared.services.reading.index_listing import SomeRuns
from shared.services.reading.lane_view import LaneView
from shared.services.reading.lane_views import ViewLanes
from shared.storage.environment import EnvironmentTable
from shared.storage.last_sweep import LastSweepTable

LATE_MS = 120_000
"""How old the last sweep is when it is late: one comes every minute, and takes up to one."""

SHOWN = 20
"""How many runs of a kind are told."""


class NotedRuns(Protocol):
    """The runs that wait for somebody; every method raises StorageUnavailableError."""

    def needing(self, limit: int) -> SomeRuns:
        """Give those about which an operator has to decide."""
        ...

    def given_up(self, limit: int) -> SomeRuns:
        """Give those whose receiver was not told of their end, and will not be."""
        ...


@dataclass(frozen=True, slots=True)
class Attention:
    """Times in ms. `hold`: why all lanes wait; `swept_at`: when the last sweep was done.

    `paused`: the lanes that wait, as somebody saw them last.
    """

    as_of: int
    needing: SomeRuns
    given_up: SomeRuns
    paused: Sequence[LaneView]
    hold: Pause | None
    messages: Sequence[QueueCount]
    swept_at: int | None
    late: bool
    allowance: Allowance | None


@dataclass(frozen=True, slots=True)
class ReadAttention:
    known: EnvironmentTable
    last_sweep: LastSweepTable
    lanes: ViewLanes
    runs: NotedRuns
    clock: Clock

    def __call__(self) -> Attention:
        """Gather it; raises StorageUnavailableError."""
        now, hold, sweep = self.clock.now(), self.known.hold(), self.last_sweep.read()
        return Attention(
            as_of=now,
            needing=self.runs.needing(SHOWN),
            given_up=self.runs.given_up(SHOWN),
            paused=[lane for lane in self.lanes.kept() if lane.pause is not None],
            hold=hold.pause if hold.holds(now) else None,
            messages=sweep.messages,
            swept_at=sweep.at,
            late=sweep.at is None or now - sweep.at > LATE_MS,
            allowance=sweep.allowance,
        )

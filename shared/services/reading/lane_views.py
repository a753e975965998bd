"""Lanes as operators see them, and when a queued run will be submitted."""

from dataclasses import dataclass

from shared.domain.identifiers import is_lane_id, lane_of
from shared.domain.pause import FOR_EVER, Pause
from shared.domain.run import Run
from shared.domain.run.look_again import look_again_in
from shared.domain.run.waiting import Waiting, waiting_for
from shared.domain.window import Pace
from shared.services.ports import Clock
from shared.storage.lanes import Count, LaneTable
from shared.storage.rows import place_of
from shared.storage.table import UnreadableRowError

NONE = Count(0, exact=True)

UNCOUNTED_MS = 4_000
"""When the turn of a run may come whose place nobody has counted."""


@dataclass(frozen=True, slots=True)
class LaneView:
    """One connection's lane. Times in ms.

    `active`: flow sessions that have not ended; `needs_operator`: runs that somebody has to decide
    about; `next_slot_at`: None while a slot is free.
    """

    connection: str
    backlog: Count
    active: Count
    slots_free: int
    next_slot_at: int | None
    pause: Pause | None
    needs_operator: Count = NONE
    id: str = ""

    @property
    def at_least(self) -> list[str]:
        """Name the counts that stopped: there may be more than they say."""
        counts = {
            "backlog": self.backlog,
            "activeFlowSessions": self.active,
            "runsNeedingOperator": self.needs_operator,
        }
        return [name for name, count in counts.items() if not count.exact]


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many runs go before a queued one, and when its turn should come (ms).

    Where counting stopped there are more, and nobody tells when.
    """

    place: Count
    submission_at: int | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run has before it: its place, while it is queued, and what it waits for.

    `look_again_in`: after how many seconds it is worth a look; None where it has ended.
    """

    expectation: Expectation | None
    waiting: Waiting | None
    look_again_in: int | None = None


@dataclass(frozen=True, slots=True)
class ViewLanes:
    """Looks at lanes as they are now; raises StorageUnavailableError."""

    lanes: LaneTable
    clock: Clock
    pace: Pace

    def __call__(self) -> list[LaneView]:
        """Describe every lane that can be read, by the name of its connection."""
        views = [self._view_if_readable(lane_id) for lane_id in self.lanes.ids()]
        return sorted((view for view in views if view), key=lambda view: view.connection)

    def one(self, lane_id: str) -> LaneView | None:
        """Describe one lane; None if there is none of this id."""
        return self._view(lane_id) if is_lane_id(lane_id) else None

    def outlook(self, run: Run) -> Outlook:
        """Tell what a run waits for, and when a queued one should be submitted.

        The time is right to within one window; it is None while somebody has the lane wait.
        """
        now, place = self.clock.now(), place_of(run)
        stored = self.lanes.read(lane_of(run.id)) if place is not None else None
        if place is None or stored is None:
            waiting = waiting_for(run, None, now, self.pace)
            return Outlook(None, waiting, look_again_in(run, now, None))
        before = self.lanes.count_backlog(lane_of(run.id), before=place)
        at = max(run.due_at, stored.lane.expected_at(before.number, now, self.pace))
        known = _known(at) if before.exact else None
        waiting = waiting_for(run, stored.lane, now, self.pace, known)
        again = look_again_in(run, now, known)
        return Outlook(Expectation(before, known), waiting, again)

    def look_again_in(self, run: Run) -> int | None:
        """Tell when a run is worth a look again (s), without counting its place."""
        now = self.clock.now()
        return look_again_in(run, now, now + UNCOUNTED_MS)

    def _view_if_readable(self, lane_id: str) -> LaneView | None:
        try:
            return self._view(lane_id)
        except UnreadableRowError:
            return None  # told where it was read

    def _view(self, lane_id: str) -> LaneView | None:
        stored = self.lanes.read(lane_id)
        if stored is None:
            return None
        lane, now = stored.lane, self.clock.now()
        free = lane.free(now, self.pace)
        return LaneView(
            connection=lane.connection,
            backlog=self.lanes.count_backlog(lane_id),
            active=self.lanes.count_active(lane_id),
            slots_free=free,
            next_slot_at=_known(lane.ready_at(now, self.pace)) if free == 0 else None,
            pause=lane.waits(now),
            needs_operator=self.lanes.count_needing(lane_id),
            id=lane_id,
        )


def _known(at: int) -> int | None:
    """Give a time, unless somebody has to bring it about."""
    return None if at >= FOR_EVER else at

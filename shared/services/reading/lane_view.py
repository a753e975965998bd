"""A lane as operators see it: what it held when somebody looked, and its window as time goes on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.identifiers import created_at_of
from shared.domain.lane_state import NONE, Count, LaneState
from shared.domain.minutes import MINUTE_MS
from shared.domain.pause import FOR_EVER, Pause
from shared.domain.window import Pace

SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class WindowView:
    """The slots of a lane's window: so many are `free`, so many in flight, and the rest held.

    `freeing`: how many of those free by when (ms, to the second above).
    """

    slots: int
    free: int = 0
    in_flight: int = 0
    freeing: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A run in a lane's backlog, with so many before it. Times in ms.

    `waits_until`: it is not submitted before, whatever is free. `submission_at`: when its turn
    should come; None while somebody has the lane wait. `attempts`: submissions before this.
    """

    place: int
    run_id: str
    created_at: int
    waits_until: int | None
    submission_at: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class LaneView:
    """One connection's lane. Times in ms.

    `as_of`: when its counts were true; None: nobody has counted yet. `active`: flow sessions that
    have not ended; `needs_operator`: runs that somebody has to decide about; `slots_free`: how many
    submissions may be sent now, none while it waits; `next_slot_at`: None while one may.
    `oldest_at`: when the run was made that is next in turn. `last_minute`: slots that were used;
    `minutes`: submissions of the last hour's minutes, the oldest first. `first`: the first places
    of its backlog, where they were asked for.
    """

    id: str
    connection: str
    as_of: int | None
    backlog: Count
    active: Count
    slots_free: int
    next_slot_at: int | None
    pause: Pause | None
    window: WindowView
    needs_operator: Count = NONE
    oldest_at: int | None = None
    last_minute: int = 0
    minutes: tuple[int, ...] = ()
    first: tuple[PlaceView, ...] = ()

    @property
    def at_least(self) -> list[str]:
        """Name the counts that stopped: there may be more than they say."""
        counts = {
            "backlog": self.backlog,
            "activeFlowSessions": self.active,
            "runsNeedingOperator": self.needs_operator,
        }
        return [name for name, count in counts.items() if not count.exact]


def view_of(state: LaneState, now: int, pace: Pace) -> LaneView:
    """Describe a lane: its counts as they were seen, its slots as they are by now."""
    lane, seen = state.lane, state.as_of is not None
    free = lane.free(now, pace) if seen else 0
    return LaneView(
        id=lane.id,
        connection=lane.connection,
        as_of=state.as_of,
        backlog=state.backlog,
        active=state.active,
        slots_free=free,
        next_slot_at=known(lane.ready_at(now, pace)) if seen and free == 0 else None,
        pause=lane.waits(now),
        window=_window(state, now, pace) if seen else WindowView(pace.limit),
        needs_operator=state.needing,
        oldest_at=state.oldest_at,
        last_minute=lane.window.taken_since(now - MINUTE_MS, pace),
        minutes=lane.minutes.until(now),
        first=tuple(_places(state, now, pace)),
    )


def _places(state: LaneState, now: int, pace: Pace) -> Iterator[PlaceView]:
    for place, queued in enumerate(state.first):
        turn = max(queued.due_at, state.lane.expected_at(place, now, pace))
        yield PlaceView(
            place,
            queued.run_id,
            created_at_of(queued.run_id),
            queued.due_at if queued.due_at > now else None,
            known(turn),
            queued.attempts,
        )


def known(at: int) -> int | None:
    """Give a time, unless somebody has to bring it about."""
    return None if at >= FOR_EVER else at


def _window(state: LaneState, now: int, pace: Pace) -> WindowView:
    window = state.lane.window
    seconds = Counter(-(-end // SECOND_MS) * SECOND_MS for end in window.freeing(now, pace))
    return WindowView(
        slots=pace.limit,
        free=window.free(now, pace),
        in_flight=window.in_flight(now, pace),
        freeing=tuple(sorted(seconds.items())),
    )

"""Lanes as operators see them, and when a queued run will be submitted."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.identifiers import is_lane_id, lane_of
from shared.domain.lane import Lane
from shared.domain.lane_state import COUNTED, Count, LaneState
from shared.domain.run import Run
from shared.domain.run.look_again import look_again_in
from shared.domain.run.waiting import Waiting, waiting_for
from shared.domain.window import Pace
from shared.services.ports import Clock
from shared.services.reading.lane_view import LaneView, known, view_of
from shared.storage.lane_states import MOST_REQUESTS_A_LOOK, REQUESTS_A_LOOK, LaneStates
from shared.storage.lanes import LaneTable
from shared.storage.rows import place_of
from shared.storage.table import StorageError, UnreadableRowError
from shared.telemetry import event

UNCOUNTED_MS = 4_000
"""When the turn of a run may come whose place nobody has counted."""

BUDGET = 8
"""How many requests to storage listing all lanes takes, up to 1,999 of them."""

ALL_AT_ONCE = 2
"""So many lanes are looked at as they are now; of more, those that were seen longest ago."""


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
    """Looks at lanes; raises StorageUnavailableError."""

    lanes: LaneTable
    states: LaneStates
    clock: Clock
    pace: Pace

    def __call__(self) -> list[LaneView]:
        """Describe every lane, by the name of its connection, each as of when it was seen.

        Some of those that may have changed since then are looked at now, as far as BUDGET goes.
        """
        connections = self.lanes.list.connections()
        left = BUDGET - _pages(len(connections)) - 1  # one to keep what is seen
        if len(connections) <= ALL_AT_ONCE:
            seen = self._look(list(connections), left)
            return self._views(seen)
        states = self.states.kept()
        left -= _pages(len(states))
        changing = (each for each in connections if each not in states or not states[each].idle)
        stale = sorted(changing, key=lambda each: states[each].as_of or 0 if each in states else 0)
        states |= self._look(stale, left)
        unseen = {
            each: LaneState(Lane(each, "", connection)) for each, connection in connections.items()
        }
        return self._views({each: states.get(each, unseen[each]) for each in connections})

    def one(self, lane_id: str, places: int = 0) -> LaneView | None:
        """Describe one lane as it is now, with so many places; None if there is none of this id."""
        if not is_lane_id(lane_id):
            return None
        state = self.states.look(lane_id, self.clock.now(), first=places)
        return None if state is None else view_of(state, self.clock.now(), self.pace)

    def kept(self) -> list[LaneView]:
        """Describe the lanes that somebody has seen, each as of then."""
        return self._views(self.states.kept())

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
        turn = known(at) if before.exact else None
        waiting = waiting_for(run, stored.lane, now, self.pace, turn)
        again = look_again_in(run, now, turn)
        return Outlook(Expectation(before, turn), waiting, again)

    def look_again_in(self, run: Run) -> int | None:
        """Tell when a run is worth a look again (s), without counting its place."""
        now = self.clock.now()
        return look_again_in(run, now, now + UNCOUNTED_MS)

    def _look(self, lane_ids: Sequence[str], requests: int) -> dict[str, LaneState]:
        """Look at the first lanes that so many requests suffice for, and keep what is seen."""
        seen: dict[str, LaneState] = {}
        for lane_id in lane_ids:
            if requests < MOST_REQUESTS_A_LOOK:
                break
            try:
                state = self.states.look(lane_id, self.clock.now())
            except UnreadableRowError:
                state = None  # told where it was read
            if state is not None:
                seen[lane_id] = state
            requests -= MOST_REQUESTS_A_LOOK if state and state.long else REQUESTS_A_LOOK
        self._keep(list(seen.values()))
        return seen

    def _keep(self, states: Sequence[LaneState]) -> None:
        try:
            self.states.keep(states)
        except StorageError as error:
            event("lane.not_kept", level=logging.WARNING, reason=str(error))

    def _views(self, states: Mapping[str, LaneState]) -> list[LaneView]:
        now = self.clock.now()
        views = [view_of(state, now, self.pace) for state in states.values()]
        return sorted(views, key=lambda view: view.connection)


def _pages(rows: int) -> int:
    """Count the requests that so many rows may take: a full page has another behind it."""
    return 1 + rows // COUNTED

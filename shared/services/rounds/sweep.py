"""The sweep: every minute, what was stranded is woken and what was never heard of is looked at."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.identifiers import lane_of
from shared.services.following.poll import Poll
from shared.services.ports import Clock, Crew, Crews, Inbox
from shared.services.rotation import rotated
from shared.services.rounds.round import NewRound, Round
from shared.services.rounds.survey import Survey
from shared.services.side_by_side import side_by_side
from shared.services.wake import Waker
from shared.storage.lanes import LaneTable
from shared.storage.rows import Place, Watch
from shared.storage.table import StorageError
from shared.telemetry import event

BUDGET_SECONDS = 50.0
INSPECTION_SECONDS = 20.0
"""How much of that goes to the lanes: however many there are, the looks have their time."""

DOUBLES_SECONDS = 10.0
"""How much of it goes to double sessions."""

WATCHES_A_LANE = 1_000
"""How many looks of a kind a lane has in one sweep: at sessions, at submissions, at ends."""


Reconciles = Callable[[Sequence[str], Sequence[Watch], Round], None]
"""Compares some of the index of runs with the lanes and the looks of this sweep."""


class _Inspected(NamedTuple):
    """What was found in a lane: whether runs wait there, and the looks that are due."""

    lane_id: str
    waits: bool
    watches: list[Watch]


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round over all lanes; what its time does not suffice for, the next one does."""

    lanes: LaneTable
    waker: Waker
    poll: Poll
    rounds: NewRound
    survey: Survey
    crews: Crews
    clock: Clock
    concurrency: int
    reconcile: Reconciles
    measure: Callable[[], None]
    inboxes: tuple[Inbox, ...] = ()

    def __call__(self) -> None:
        """Wake stranded backlogs and take the looks that are due, the longest due first."""
        ends = self.clock.monotonic() + BUDGET_SECONDS
        lane_ids = rotated(self.lanes.ids(), self.clock)  # those at the end may not be reached
        with self.crews(self.concurrency) as crew:
            this = self.rounds(crew, ends)
            found = self._inspect_all(lane_ids, crew)
        waiting = {each.lane_id for each in found if each.waits}
        watches = [watch for each in found for watch in each.watches]
        watches.sort(key=lambda watch: watch.watch_at)
        with self.crews(self.concurrency) as crew:  # a new one: the old may not have finished
            self._end_doubles(lane_ids, this, crew)
        with self.crews(self.concurrency) as crew:
            this.crew = crew
            self.poll(watches, this)
        with self.crews(self.concurrency) as crew:
            this.crew = crew
            self.reconcile(lane_ids, watches, this)
        busy = {lane_of(watch.run_id) for watch in watches} | waiting
        with self.crews(self.concurrency) as crew:
            self.survey.keep_states(lane_ids, busy, crew)
        self._make_inboxes()
        self.survey.note()
        self.measure()

    def _make_inboxes(self) -> None:
        """Make the queues that others send to; last, as runs cannot wait for one that fails."""
        for inbox in self.inboxes:
            try:
                inbox.ensure()
            except StorageError as error:
                event("sweep.queue_not_made", level=logging.WARNING, reason=str(error))

    def _inspect_all(self, lane_ids: list[str], crew: Crew) -> list[_Inspected]:
        """Wake lanes, and gather the looks that are due; a lane that is slow gives none today."""

        def inspector(lane_id: str) -> Callable[[], _Inspected]:
            return lambda: self._inspect(lane_id)

        work = [(lane_id, inspector(lane_id)) for lane_id in lane_ids]
        return side_by_side(work, crew, INSPECTION_SECONDS, failed="sweep.lane_failed", what="lane")

    def _end_doubles(self, lane_ids: list[str], this: Round, crew: Crew) -> None:
        """Cancel double sessions, by themselves: one that takes long takes no look its time."""

        def ender(lane_id: str) -> Callable[[], None]:
            return lambda: this.doubles(lane_id)

        work = [(lane_id, ender(lane_id)) for lane_id in lane_ids]
        side_by_side(work, crew, DOUBLES_SECONDS, failed="doubles.failed", what="lane")

    def _inspect(self, lane_id: str) -> _Inspected:
        """Wake a lane with a backlog and no live wake-up; give the looks due, come what may."""
        first: list[Place] = []
        try:
            first = self.lanes.backlog(lane_id, 1)
            if first and first[0].due_at <= self.clock.now():
                self.waker.wake_soon(lane_id)
        except StorageError as error:
            event("sweep.lane_not_woken", level=logging.WARNING, lane=lane_id, reason=str(error))
        watches = self.lanes.watches(lane_id, self.clock.now(), WATCHES_A_LANE)
        return _Inspected(lane_id, bool(first), watches)

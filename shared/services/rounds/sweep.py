"""The sweep: every minute, what was stranded is woken and what was never heard of is looked at."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from shared.services.following.poll import Poll
from shared.services.ports import Clock, Crews, Inbox
from shared.services.rounds.round import NewRound, Round
from shared.services.side_by_side import side_by_side
from shared.services.wake import Waker
from shared.storage.lanes import LaneTable
from shared.storage.rows import Watch
from shared.storage.table import StorageError
from shared.telemetry import event

BUDGET_SECONDS = 50.0
INSPECTION_SECONDS = 20.0
"""How much of that goes to the lanes: however many there are, the looks have their time."""

WATCHES_A_LANE = 1_000


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round over all lanes; what its time does not suffice for, the next one does."""

    lanes: LaneTable
    waker: Waker
    poll: Poll
    rounds: NewRound
    crews: Crews
    clock: Clock
    concurrency: int
    inboxes: tuple[Inbox, ...] = ()

    def __call__(self) -> None:
        """Wake stranded backlogs and take the looks that are due, the longest due first."""
        ends = self.clock.monotonic() + BUDGET_SECONDS
        with self.crews(self.concurrency) as crew:
            this = self.rounds(crew, ends)
            watches = self._inspect_all(this)
        watches.sort(key=lambda watch: watch.watch_at)
        with self.crews(self.concurrency) as crew:  # a new one: the old may not have finished
            this.crew = crew
            self.poll(watches, this)
        self._make_inboxes()

    def _make_inboxes(self) -> None:
        """Make the queues that others send to; last, as runs cannot wait for one that fails."""
        for inbox in self.inboxes:
            try:
                inbox.ensure()
            except StorageError as error:
                event("sweep.queue_not_made", level=logging.WARNING, reason=str(error))

    def _inspect_all(self, this: Round) -> list[Watch]:
        def inspector(lane_id: str) -> Callable[[], list[Watch]]:
            return lambda: self._inspect(lane_id, this)

        work = [(lane_id, inspector(lane_id)) for lane_id in self._turned(self.lanes.ids())]
        found = side_by_side(
            work, this.crew, INSPECTION_SECONDS, failed="sweep.lane_failed", what="lane"
        )
        return [watch for watches in found for watch in watches]

    def _turned(self, lane_ids: list[str]) -> list[str]:
        """Begin with another lane each time: those at the end may not be reached."""
        first = int.from_bytes(self.clock.random_bytes(4)) % max(1, len(lane_ids))
        return lane_ids[first:] + lane_ids[:first]

    def _inspect(self, lane_id: str, this: Round) -> list[Watch]:
        """Wake a lane with a backlog and no live wake-up, end its doubles; give the looks due."""
        first = self.lanes.backlog(lane_id, 1)
        if first and first[0].due_at <= self.clock.now():
            self.waker.wake_soon(lane_id)
        watches = self.lanes.watches(lane_id, self.clock.now(), WATCHES_A_LANE)
        this.doubles(lane_id)
        return watches

"""Retention: what has been over for long enough is removed, every day a bounded piece of work."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, takewhile

from shared.domain.identifiers import created_at_of, first_tail_of, lane_of
from shared.domain.instants import DAY_MS
from shared.domain.run import FINAL, RunStatus
from shared.services.indexing.index import Index
from shared.services.ports import Clock, Crew, Crews
from shared.services.rotation import rotated
from shared.services.side_by_side import Work, side_by_side
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.index_lists import IndexLists
from shared.storage.index_rows import ended
from shared.storage.keys import PARTITIONS, KeyTable
from shared.storage.lane_states import LaneStates
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import StorageError
from shared.telemetry import event

BUDGET_SECONDS = 480.0
"""How long a round may take: functions end after ten minutes (host.json)."""

STEP_SECONDS = 60.0
"""How long the slowest of some pieces of work is waited for, which go on meanwhile."""

LEAST_SECONDS = 30.0
"""How long it is waited for at the end of a round: what was found is to be removed."""

TURN_SECONDS = 20.0
"""How long it is one lane's turn."""

TOGETHER = 50
"""How many runs of a lane are one piece of work."""

KEY_ROUNDS = 30
"""In how many days all keys are looked through for those whose run was never made."""

LEFT_OVER = 500
"""How many rows of the index, of each end, are asked about in a round that may have no run."""


@dataclass(frozen=True, slots=True)
class Retain:
    """Removes runs that ended `retention_ms` ago, their keys, and keys without a run.

    Lanes that nobody has used for as long leave the list.

    What one round does not get to, or what fails, the next one finds.
    """

    lanes: LaneTable
    runs: RunTable
    expired: ExpiredRuns
    keys: KeyTable
    index: Index
    index_lists: IndexLists
    states: LaneStates
    crews: Crews
    clock: Clock
    retention_ms: int
    concurrency: int

    def __call__(self) -> None:
        """Remove what is due; raises StorageUnavailableError if no lane can be read."""
        ends = self.clock.monotonic() + BUDGET_SECONDS
        now = self.clock.now()
        ended_by = now - self.retention_ms
        today = range(now // DAY_MS % KEY_ROUNDS, PARTITIONS, KEY_ROUNDS)
        with self.crews(self.concurrency) as crew:
            batches = self._batches(ended_by)
            removals = ((lane_of(each[0].run.id), partial(self._remove, each)) for each in batches)
            removed = self._do(crew, removals, ends)
            leavings = ((each, partial(self._leave, each, ended_by)) for each in self._lanes())
            left = self._do(crew, leavings, ends)
            self._forget_states()
            releases = (
                (f"keys {number}", partial(self._release_orphans, number, ended_by))
                for number in today
            )
            orphans = self._do(crew, releases, ends)
            leftovers = (
                (f"index {status}", partial(self._remove_left_over, status, ended_by))
                for status in RunStatus
                if status in FINAL
            )
            self._do(crew, leftovers, ends)
        event("retention.done", runs=removed, lanes=left, orphaned_keys=orphans)

    def _lanes(self) -> list[str]:
        return rotated(self.lanes.ids(), self.clock)

    def _batches(self, ended_by: int) -> Iterator[list[StoredRun]]:
        """Give the runs to be removed, some of one lane at a time; it begins with any lane.

        A lane that fails is left to another day; one that takes long stands behind the others.
        """
        lanes = deque(
            (lane_id, self.expired.of_lane(lane_id, ended_by)) for lane_id in self._lanes()
        )
        while lanes:
            lane_id, found = lanes.popleft()
            ends = self.clock.monotonic() + TURN_SECONDS
            try:
                while batch := list(islice(found, TOGETHER)):
                    yield batch
                    if self.clock.monotonic() >= ends:
                        lanes.append((lane_id, found))
                        break
            except StorageError as error:
                event("retention.failed", level=logging.WARNING, lane=lane_id, reason=str(error))

    def _remove(self, batch: Sequence[StoredRun]) -> int:
        """Remove runs of one lane, after what could not be found without them: keys, the index."""
        self.index.removed(stored.run for stored in batch)
        for stored in batch:
            if stored.run.key_digest is not None:
                self.keys.release(stored.run.key_digest, stored.run.id)
        return self.expired.remove(lane_of(batch[0].run.id), batch)

    def _leave(self, lane_id: str, unused_since: int) -> int:
        """Take a lane off the list that nobody has used for so long."""
        left = self.lanes.list.leave(lane_id, unused_since, self.clock.now())
        if left:
            event("lane.left", lane=lane_id)
        return int(left)

    def _forget_states(self) -> None:
        """Forget how lanes stood that have left."""
        try:
            self.states.forget_all_but(frozenset(self.lanes.ids()))
        except StorageError as error:
            event("retention.failed", level=logging.WARNING, of="views", reason=str(error))

    def _release_orphans(self, partition: int, ended_by: int) -> int:
        """Let old keys go whose run does not exist: starts that nobody finished."""
        orphans = 0
        for digest, keyed in self.keys.of_partition(partition):
            old = created_at_of(keyed.run_id) <= ended_by
            if old and self.runs.read(keyed.run_id) is None:
                self.keys.release(digest, keyed.run_id)
                orphans += 1
        return orphans

    def _remove_left_over(self, status: RunStatus, ended_by: int) -> int:
        """Remove what the index tells of old runs that are gone: it may have been written late."""
        page = self.index_lists.newest(
            ended(status), limit=LEFT_OVER, after=first_tail_of(ended_by)
        )
        gone = [run for run in page.runs if self.runs.read(run.id) is None]
        return sum(self.index.put_right(run.id, run) for run in gone)

    def _do(self, crew: Crew, work: Iterator[Work[int]], ends: float) -> int:
        """Do pieces of work side by side while there is time, and add up what came of them."""
        done = 0
        in_time = takewhile(lambda _: self.clock.monotonic() < ends, work)
        while some := list(islice(in_time, self.concurrency)):
            left = max(LEAST_SECONDS, min(STEP_SECONDS, ends - self.clock.monotonic()))
            done += sum(side_by_side(some, crew, left, failed="retention.failed", what="of"))
        return done

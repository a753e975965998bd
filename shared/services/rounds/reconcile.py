"""Reconciling: each sweep compares some of the index with the runs, and puts right what differs.

What may differ: a process died or storage failed between a run's change and the telling of it; or
what was told first was written last, as by a process that stood still.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from shared.domain.identifiers import tail_of
from shared.domain.run import Run
from shared.services.indexing.index import Index
from shared.services.ports import Clock
from shared.services.rotation import any_of
from shared.services.rounds.round import Round
from shared.storage.index_lists import IndexLists, Listing
from shared.storage.index_rows import ACTIVE, GIVEN, NEED
from shared.storage.lanes import LaneTable
from shared.storage.rows import Place, Watch, range_of
from shared.storage.table import StorageError
from shared.telemetry import event

SAME_FOR_MS = 180_000
"""How long a row must have been the same for somebody to ask whether it is still so."""

AGAIN_MS = 600_000
"""How long nobody asks again about the same run: its row may be right, or unreadable."""

ROWS = 100
"""How many rows of each part are looked at in a sweep; the next goes on behind them."""

READS = 25
"""How many runs of each part are read for that."""

_PARTS = {
    "active": range_of(ACTIVE),
    "told": (range_of(GIVEN)[0], range_of(NEED)[1]),
}
"""What is looked through: the runs that go on; those given up and those that need an operator."""


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Goes through the index piece by piece, each process by itself, from the newest on."""

    index: Index
    lists: IndexLists
    lanes: LaneTable
    clock: Clock
    _behind: dict[str, str] = field(default_factory=dict)
    _asked: dict[str, int] = field(default_factory=dict)

    def __call__(self, lane_ids: Sequence[str], watches: Sequence[Watch], this: Round) -> None:
        """Put some of the index right; what fails is told, and left to another sweep."""
        now = self.clock.now()
        for run_id in [each for each, at in self._asked.items() if at + AGAIN_MS <= now]:
            del self._asked[run_id]
        try:
            old = [each for part in _PARTS for each in self._old_rows(part)]
            unlisted = self._unlisted(self._at_work(lane_ids, watches, this))
        except StorageError as error:
            event("reconcile.failed", level=logging.WARNING, reason=str(error))
            return
        unlisted = [each for each in unlisted if each not in self._asked]
        self._asked.update(dict.fromkeys([*(each.id for each in old), *unlisted], now))
        work = [(each.id, self._righter(each.id, each)) for each in old]
        work += [(run_id, self._righter(run_id)) for run_id in unlisted]
        righted = sum(this.side_by_side(work))
        if righted:
            event("index.put_right", runs=righted)

    def _old_rows(self, part: str) -> list[Run]:
        """Read the next piece of a part; give what it says of runs for long, the longest first.

        Those that were asked about lately are left out before the others are counted: rows that are
        right stay as they are, and would stand before one that is wrong for ever.
        """
        first, end = _PARTS[part]
        listed, last = self.lists.behind(self._behind.get(part, first), end, ROWS)
        if last is None:
            self._behind.pop(part, None)
        else:
            self._behind[part] = last
        by = self.clock.now() - SAME_FOR_MS
        old = (each for each in listed if each.as_of <= by and each.run.id not in self._asked)
        return [each.run for each in sorted(old, key=_as_of)[:READS]]

    def _at_work(self, lane_ids: Sequence[str], watches: Sequence[Watch], this: Round) -> list[str]:
        """Name runs that go on: those that this sweep looked at, and what waits in any lane."""
        ended = {stored.run.id for stored in this.ended}
        at_work = [each.run_id for each in watches if not each.ended and each.run_id not in ended]
        if lane_ids:
            lane_id = lane_ids[any_of(len(lane_ids), self.clock)]
            at_work += [each.run_id for each in self._waiting(lane_id)]
        return at_work

    def _waiting(self, lane_id: str) -> list[Place]:
        """Read the next piece of a lane's backlog."""
        places = self.lanes.backlog(lane_id, ROWS, after=self._behind.get(lane_id))
        if len(places) < ROWS:
            self._behind.pop(lane_id, None)
        else:
            self._behind[lane_id] = places[-1].row
        return places

    def _unlisted(self, at_work: Sequence[str]) -> list[str]:
        """Choose from these runs some that are not listed, in one request.

        One piece of the index is read, and told from it what is missing: from the newest of these
        runs on, or from any of them.
        """
        if not at_work:
            return []
        tails = [tail_of(each) for each in at_work]
        first = min(tails) if any_of(2, self.clock) else tails[any_of(len(tails), self.clock)]
        page = self.lists.newest(ACTIVE, limit=ROWS, after=first[:-1])
        listed = {run.id for run in page.runs}
        within = (each for each in at_work if first <= tail_of(each) <= (page.last or "~"))
        return [*islice((each for each in within if each not in listed), READS)]

    def _righter(self, run_id: str, copy: Run | None = None) -> Callable[[], bool]:
        return lambda: self.index.put_right(run_id, copy)


def _as_of(listing: Listing) -> int:
    return listing.as_of

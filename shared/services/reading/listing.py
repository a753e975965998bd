"""Listing runs: newest first, of one lane or of all, page by page."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.domain.identifiers import lane_of, tail_of
from shared.domain.queries import TOP_DEFAULT
from shared.domain.run import Run
from shared.domain.run.filter import RunFilter
from shared.services.starting.connections import Connections
from shared.storage.keys import KeyTable, digest_of
from shared.storage.lanes import LaneTable
from shared.storage.run_lists import RunLists
from shared.storage.runs import RunTable
from shared.storage.table import UnreadableRowError

ROWS_LIMIT = 1_000
"""How many rows are searched for one answer: what matches may be rare, and far back."""

READS_LIMIT = 100
"""How many runs are read one by one for an answer, of those that need an operator."""

ALL = RunFilter()


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which runs to list: those behind the tail `after`, and no more than `top`.

    `key`: an idempotency key; only its run is listed.
    """

    where: RunFilter = ALL
    connection_name: str | None = None
    key: str | None = None
    top: int = TOP_DEFAULT
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Runs, newest first, and the tail to go on after; None at the end.

    There may be fewer than were asked for, or none, and more behind them all the same.
    """

    runs: tuple[Run, ...]
    last: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A run that may be listed, by its id; `run`, where it was read with the others."""

    run_id: str
    run: Run | None = None

    @property
    def tail(self) -> str:
        return tail_of(self.run_id)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of a lane's runs: what was found, in how many rows, and where to go on."""

    found: list[_Found]
    rows: int
    last: str | None


_Search = Callable[[str, int], _Part]
"""Searches a lane behind a tail, in up to so many rows."""


@dataclass(slots=True)
class _Lane:
    """A lane that is searched; `searched_to`: the last tail that was looked at, None: all were."""

    search: _Search
    searched_to: str | None
    found: list[_Found] = field(default_factory=list)

    def go_on(self, rows: int) -> int:
        """Search on; give how many rows that took."""
        part = self.search(self.searched_to or "", rows)
        self.found += part.found
        self.searched_to = part.last
        return part.rows


@dataclass(frozen=True, slots=True)
class ListRuns:
    """Merges the lanes by the tails of their runs, which sort newest first."""

    runs: RunTable
    lists: RunLists
    lanes: LaneTable
    keys: KeyTable
    connections: Connections

    def __call__(self, request: ListRequest) -> Listed:
        """List runs; raises StorageUnavailableError, and UnreadableRowError for a key's run."""
        if request.key is not None:
            return Listed(tuple(self._of_key(request.key, request)), None)
        first, _ = request.where.tails
        begin = max(first, request.after or "")
        needing = request.where.needs_operator is True
        search = self._needing if needing else self._newest
        lanes = [_Lane(search(lane_id, request), begin) for lane_id in self._lane_ids(request)]
        top = min(request.top, READS_LIMIT) if needing else request.top
        found, last = _merge(lanes, top, search_all=not request.where.has_to_search)
        runs = self._read(found) if needing else [each.run for each in found if each.run]
        return Listed(tuple(run for run in runs if request.where.matches(run)), last)

    def _lane_ids(self, request: ListRequest) -> list[str]:
        if request.connection_name is None:
            return self.lanes.ids()
        return [self.connections.lane_named(request.connection_name)]

    def _newest(self, lane_id: str, request: ListRequest) -> _Search:
        _, before = request.where.tails

        def search(after: str, rows: int) -> _Part:
            page = self.lists.newest(lane_id, limit=rows, after=after, before=before)
            matching = filter(request.where.matches, page.runs)
            return _Part([_Found(run.id, run) for run in matching], page.rows, page.last)

        return search

    def _needing(self, lane_id: str, request: ListRequest) -> _Search:
        _, before = request.where.tails

        def search(after: str, rows: int) -> _Part:
            page = self.lists.needing(lane_id, limit=rows, after=after, before=before)
            found = [_Found(f"{lane_id}-{tail}") for tail in page.tails]
            return _Part(found, len(found), page.last)

        return search

    def _read(self, found: list[_Found]) -> list[Run]:
        """Read runs one by one; leave out those that cannot be read, or are gone."""
        runs = []
        for each in found:
            try:
                stored = self.runs.read(each.run_id)
            except UnreadableRowError:
                continue  # told where it was read
            runs += [stored.run] if stored else []
        return runs

    def _of_key(self, key: str, request: ListRequest) -> list[Run]:
        """Give the run of a key, if it is one of those that are asked for."""
        keyed = self.keys.read(digest_of(key))
        stored = None if keyed is None else self.runs.read(keyed.run_id)
        if stored is None or not request.where.matches(stored.run):
            return []
        run = stored.run
        named = request.connection_name is None or lane_of(run.id) in self._lane_ids(request)
        return [run] if named and tail_of(run.id) > (request.after or "") else []


def _merge(lanes: list[_Lane], top: int, *, search_all: bool) -> tuple[list[_Found], str | None]:
    """Take the newest of all lanes, and tell where to go on.

    Nothing is taken that is older than what every lane was searched for; so the lane that was
    searched least goes on, until there are enough, or as many rows were searched as may be.
    `search_all`: every row is one that is wanted, so there is no need of a bound.
    """
    behind, rows = lanes, 0
    while True:
        share = (ROWS_LIMIT - rows) // max(1, sum(lane.searched_to is not None for lane in lanes))
        size = max(1, min(share, top) if search_all else share)
        rows += sum(lane.go_on(size) for lane in behind)
        horizon = min((lane.searched_to for lane in lanes if lane.searched_to), default=None)
        found = sorted((one for lane in lanes for one in lane.found), key=lambda one: one.tail)
        known = [one for one in found if horizon is None or one.tail <= horizon]
        if len(known) > top:
            return known[:top], known[top - 1].tail
        if len(known) == top or horizon is None or (rows >= ROWS_LIMIT and not search_all):
            return known, horizon
        behind = [lane for lane in lanes if lane.searched_to == horizon]

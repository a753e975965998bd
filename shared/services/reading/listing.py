"""Listing runs, newest first, page by page: of one lane as they are, of all as the index tells."""

from dataclasses import dataclass
from functools import partial

from shared.domain.identifiers import lane_of, tail_of
from shared.domain.queries import TOP_DEFAULT
from shared.domain.run import Run
from shared.domain.run.filter import RunFilter
from shared.services.reading.index_listing import IndexedRuns
from shared.services.reading.merging import Found, Part, Search, Source, merge, search_in
from shared.services.starting.connections import Connections
from shared.storage.keys import KeyTable, digest_of
from shared.storage.run_lists import RunLists
from shared.storage.runs import RunTable

READS_LIMIT = 8
"""How many runs are read one by one for an answer, of those of a lane that need an operator."""

ALL = RunFilter()


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which runs to list: those behind the tail `after`, and no more than `top`.

    `key`: an idempotency key; only its run is listed. `search`: only runs that this text names.
    """

    where: RunFilter = ALL
    connection_name: str | None = None
    key: str | None = None
    top: int = TOP_DEFAULT
    after: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Runs, newest first, and the tail to go on after; None at the end.

    There may be fewer than were asked for, or none, and more behind them all the same.
    """

    runs: tuple[Run, ...]
    last: str | None


@dataclass(frozen=True, slots=True)
class ListRuns:
    """Lists runs by their tails, which sort newest first; a page takes at most ten requests."""

    runs: RunTable
    lists: RunLists
    index: IndexedRuns
    keys: KeyTable
    connections: Connections

    def __call__(self, request: ListRequest) -> Listed:
        """List runs; raises StorageUnavailableError, and UnreadableRowError for a key's run."""
        if request.key is not None:
            return Listed(tuple(self._of_key(request.key, request)), None)
        where, after = request.where, request.after or ""
        behind = max(where.tails[0], after)
        if request.search is not None:
            found, last = self.index.search(request.search, where, after, request.top)
            named = request.connection_name
            lane_id = None if named is None else self.connections.lane_named(named)
            found = [each for each in found if lane_id in (None, lane_of(each.run_id))]
        elif request.connection_name is None:
            found, last = self.index.page(where, behind, request.top)
        else:
            found, last = self._of_lane(request.connection_name, request, behind)
        return Listed(tuple(each.run for each in found if each.run), last)

    def _of_lane(
        self, connection_name: str, request: ListRequest, behind: str
    ) -> tuple[list[Found], str | None]:
        """List the runs of a connection, as they are."""
        lane_id = self.connections.lane_named(connection_name)
        if request.where.needs_operator is not True:
            newest = partial(self.lists.newest, lane_id)
            source = Source(search_in(newest, request.where), behind)
            return merge([source], request.top, search_all=not request.where.has_to_search)
        source = Source(self._needing(lane_id, request), behind)
        found, last = merge([source], min(request.top, READS_LIMIT), search_all=True)
        runs = filter(request.where.matches, self.runs.those(each.run_id for each in found))
        return [Found(run.id, run) for run in runs], last

    def _needing(self, lane_id: str, request: ListRequest) -> Search:
        _, before = request.where.tails

        def search(after: str, rows: int) -> Part:
            page = self.lists.needing(lane_id, limit=rows, after=after, before=before)
            found = [Found(f"{lane_id}-{tail}") for tail in page.tails]
            return Part(found, len(found), page.last)

        return search

    def _of_key(self, key: str, request: ListRequest) -> list[Run]:
        """Give the run of a key, if it is one of those that are asked for."""
        keyed = self.keys.read(digest_of(key))
        stored = None if keyed is None else self.runs.read(keyed.run_id)
        if stored is None or not request.where.matches(stored.run):
            return []
        run, name = stored.run, request.connection_name
        named = name is None or lane_of(run.id) == self.connections.lane_named(name)
        return [run] if named and tail_of(run.id) > (request.after or "") else []

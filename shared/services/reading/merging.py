"""Merging lists of runs, each newest first, into one page: in bounded steps."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from shared.domain.identifiers import tail_of
from shared.domain.run import Run
from shared.domain.run.filter import RunFilter
from shared.storage.run_lists import Page

ROWS_LIMIT = 1_000
"""How many rows are searched for one answer: what matches may be rare, and far back."""

REQUESTS_LIMIT = 8
"""How many requests to storage searching for one answer takes; what goes before takes two."""


@dataclass(frozen=True, slots=True)
class Found:
    """A run that may be listed, by its id; `run`, where it was read with the others."""

    run_id: str
    run: Run | None = None

    @property
    def tail(self) -> str:
        return tail_of(self.run_id)


@dataclass(frozen=True, slots=True)
class Part:
    """Some runs of a list: what was found, in how many rows, and where to go on."""

    found: list[Found]
    rows: int
    last: str | None


Search = Callable[[str, int], Part]
"""Searches a list behind a tail, in up to so many rows."""


class Newest(Protocol):
    """Reads a list, newest first."""

    def __call__(self, *, limit: int, after: str = "", before: str | None = None) -> Page: ...


def search_in(newest: Newest, where: RunFilter) -> Search:
    """Search a list for the runs that match."""
    _, before = where.tails

    def search(after: str, rows: int) -> Part:
        page = newest(limit=rows, after=after, before=before)
        matching = filter(where.matches, page.runs)
        return Part([Found(run.id, run) for run in matching], page.rows, page.last)

    return search


@dataclass(slots=True)
class Source:
    """A list that is searched; `searched_to`: the last tail looked at, None: all were."""

    search: Search
    searched_to: str | None
    found: list[Found] = field(default_factory=list)

    def go_on(self, rows: int) -> int:
        """Search on; give how many rows that took."""
        part = self.search(self.searched_to or "", rows)
        self.found += part.found
        self.searched_to = part.last
        return part.rows


def merge(sources: list[Source], top: int, *, search_all: bool) -> tuple[list[Found], str | None]:
    """Take the newest of all lists, and tell where to go on.

    Nothing is taken that is older than what every list was searched for; so the one that was
    searched least goes on, until there are enough, or as much was searched as may be.
    `search_all`: every row is one that is wanted, so there is no need of a bound of rows.
    """
    behind, rows, requests = sources, 0, 0
    known: list[Found] = []
    while True:
        open_ = sum(source.searched_to is not None for source in sources)
        share = (ROWS_LIMIT - rows) // max(1, open_)
        wanted = min(top - len(known), ROWS_LIMIT // max(1, len(behind)))
        size = max(1, wanted if search_all else share)
        for source in behind[: REQUESTS_LIMIT - requests]:
            rows += source.go_on(size)
            requests += 1
        horizon = min((each.searched_to for each in sources if each.searched_to), default=None)
        known = [one for one in _newest(sources) if horizon is None or one.tail <= horizon]
        if len(known) > top:
            return known[:top], known[top - 1].tail
        spent = requests >= REQUESTS_LIMIT or (rows >= ROWS_LIMIT and not search_all)
        if len(known) == top or horizon is None or spent:
            return known, horizon
        behind = [source for source in sources if source.searched_to == horizon]


def _newest(sources: list[Source]) -> list[Found]:
    """Sort what was found; a run that ended meanwhile may be in two lists, and counts as ended."""
    by_id: dict[str, Found] = {}
    for each in (one for source in sources for one in source.found):
        if each.run is None or each.run.final or each.run_id not in by_id:
            by_id[each.run_id] = each
    return sorted(by_id.values(), key=lambda one: one.tail)

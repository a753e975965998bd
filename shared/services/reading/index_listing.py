"""Listing runs of all lanes from the index, which is as of a while ago, and searching it."""

from dataclasses import dataclass, replace
from functools import partial

from shared.domain.guids import read_guid
from shared.domain.idempotency import is_key
from shared.domain.identifiers import is_run_id
from shared.domain.run import FINAL, Run, RunStatus
from shared.domain.run.filter import RunFilter
from shared.services.reading.merging import Found, Source, merge, search_in
from shared.storage.index_lists import IndexLists
from shared.storage.index_rows import ACTIVE, GIVEN, NEED, correlated, ended
from shared.storage.keys import KeyTable, digest_of
from shared.storage.runs import RunTable

ACTIVE_STATUSES = frozenset(RunStatus) - FINAL


@dataclass(frozen=True, slots=True)
class SomeRuns:
    """The first runs of a list, and whether there are `more`."""

    runs: tuple[Run, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class IndexedRuns:
    """Lists what the index tells; raises StorageUnavailableError."""

    lists: IndexLists
    runs: RunTable
    keys: KeyTable

    def needing(self, limit: int) -> SomeRuns:
        """List the newest runs about which an operator has to decide; one request."""
        return self._some(NEED, limit)

    def given_up(self, limit: int) -> SomeRuns:
        """List the newest runs whose receivers nobody tries to notify any more; one request."""
        return self._some(GIVEN, limit)

    def page(self, where: RunFilter, after: str, top: int) -> tuple[list[Found], str | None]:
        """List the runs that match behind a tail, and tell where to go on."""
        names, rest = _lists_of(where)
        lists = (partial(self.lists.newest, name) for name in names)
        sources = [Source(search_in(newest, where), after) for newest in lists]
        return merge(sources, top, search_all=not rest.has_to_search)

    def search(
        self, text: str, where: RunFilter, after: str, top: int
    ) -> tuple[list[Found], str | None]:
        """List the runs that a text names exactly, whichever of their names it is."""
        behind = max(where.tails[0], after)
        named = [Found(run.id, run) for run in self._named(text) if where.matches(run)]
        found, last = self.page(replace(where, correlation_id=text), behind, top)
        found = [each for each in found if each.run and where.matches(each.run)]
        return _with_those(found, last, [each for each in named if each.tail > behind], top)

    def _named(self, text: str) -> list[Run]:
        """Read the runs that a text names alone: by their id, a session's, or their key."""
        guid = read_guid(text)
        session = None if guid is None else self.lists.run_of(guid)
        keyed = self.keys.read(digest_of(text)) if is_key(text) else None
        named = (text, session, None if keyed is None else keyed.run_id)
        return self.runs.those(each for each in dict.fromkeys(named) if each and is_run_id(each))

    def _some(self, name: str, limit: int) -> SomeRuns:
        page = self.lists.newest(name, limit=limit + 1)
        return SomeRuns(page.runs[:limit], page.rows > limit)


def _lists_of(where: RunFilter) -> tuple[list[str], RunFilter]:
    """Name the lists to look through, those that go on first, and what else has to be true.

    A run that ends while they are read is in one of them, or in both.
    """
    if where.correlation_id is not None:
        return [correlated(where.correlation_id)], replace(where, correlation_id=None)
    if where.needs_operator:
        return [NEED], replace(where, needs_operator=None)
    statuses = where.statuses or frozenset(RunStatus)
    going_on = statuses & ACTIVE_STATUSES
    names = [ACTIVE] if going_on else []
    names += [ended(status) for status in RunStatus if status in statuses & FINAL]
    whole = not going_on or going_on == ACTIVE_STATUSES
    return names, replace(where, statuses=frozenset()) if whole else where


def _with_those(
    found: list[Found], last: str | None, named: list[Found], top: int
) -> tuple[list[Found], str | None]:
    """Put the runs that were found otherwise where they belong, on this page or on a later one."""
    here = [each for each in named if last is None or each.tail <= last]
    by_id = {each.run_id: each for each in (*found, *here)}
    merged = sorted(by_id.values(), key=lambda one: one.tail)
    if len(merged) > top:
        return merged[:top], merged[top - 1].tail
    return merged, last

"""Listing runs: what matches, newest first over all lanes, each once, and in bounded steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.identifiers import tail_of
from shared.domain.run import RunStatus
from shared.domain.run.filter import RunFilter
from shared.services.reading.listing import READS_LIMIT, ROWS_LIMIT, ListRequest
from shared.storage.keys import KeyedRun, digest_of
from tests.support.listing import FLOWS, Lists
from tests.support.runs import NOW

STATUSES = [RunStatus.QUEUED, RunStatus.UNCONFIRMED, RunStatus.SUCCEEDED, RunStatus.FAILED]

runs: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    lane=st.integers(0, 3),
    at=st.integers(NOW, NOW + 20),
    workflow_id=st.sampled_from(FLOWS),
    correlation_id=st.sampled_from([None, "a", "b"]),
    status=st.sampled_from(STATUSES),
    needs_operator_at=st.sampled_from([None, None, NOW]),
)
filters = st.builds(
    RunFilter,
    statuses=st.frozensets(st.sampled_from(STATUSES), max_size=2),
    workflow_id=st.sampled_from([None, *FLOWS]),
    correlation_id=st.sampled_from([None, None, "a", "b"]),
    created_after=st.none() | st.integers(NOW - 2, NOW + 22),
    created_before=st.none() | st.integers(NOW - 2, NOW + 22),
    needs_operator=st.sampled_from([None, None, True, False]),
)


@settings(deadline=None, max_examples=300)
@given(given_=st.lists(runs, max_size=40), where=filters, top=st.integers(1, 7))
def test_every_run_that_matches_is_listed_once_and_no_other_newest_first(
    given_: list[dict[str, Any]], where: RunFilter, top: int
) -> None:
    app = Lists()
    for each in given_:
        app.add(**each)
    wanted = sorted((run.id for run in app.made if where.matches(run)), key=tail_of)
    assert app.listed(where=where, top=top) == wanted
    assert all(len(page.runs) <= top for page in app.pages(ListRequest(where=where, top=top)))


def test_what_a_filter_says_is_what_it_lists() -> None:
    """Matching itself, by hand: the test above takes its word."""
    app = Lists()
    old = app.add(0, NOW, workflow_id=FLOWS[0], correlation_id="a")
    new = app.add(1, NOW + 5, workflow_id=FLOWS[1], status=RunStatus.FAILED)
    need = app.add(1, NOW + 9, status=RunStatus.UNCONFIRMED, needs_operator_at=NOW)
    assert app.listed() == [need.id, new.id, old.id]
    for where, listed in [
        (RunFilter(statuses=frozenset({RunStatus.FAILED, RunStatus.QUEUED})), [new, old]),
        (RunFilter(workflow_id=FLOWS[1]), [new]),
        (RunFilter(correlation_id="a"), [old]),
        (RunFilter(created_after=NOW), [need, new]),
        (RunFilter(created_after=NOW, created_before=NOW + 9), [new]),
        (RunFilter(created_before=NOW + 5), [old]),
        (RunFilter(created_before=0), []),
        (RunFilter(needs_operator=True), [need]),
        (RunFilter(needs_operator=False), [new, old]),
        (RunFilter(needs_operator=True, statuses=frozenset({RunStatus.QUEUED})), []),
    ]:
        assert app.listed(where=where) == [run.id for run in listed], where
    assert app.listed(connection_name="connection-1") == [need.id, new.id]
    assert app.listed(connection_name="unheard of") == []


class TestKeys:
    def test_a_key_lists_its_run_by_point_reads(self) -> None:
        app = Lists()
        runs = [app.add(0, NOW + n) for n in range(9)]
        app.keys.take(digest_of("order 1"), KeyedRun(runs[4].id, "fingerprint"))
        app.table.requests = 0
        assert app.listed(key="order 1") == [runs[4].id]
        assert app.table.requests == 2

    def test_a_key_without_a_run_lists_none(self) -> None:
        app = Lists()
        app.keys.take(digest_of("died"), KeyedRun(app.add(0, NOW).id[:-1] + "v", "fingerprint"))
        assert app.listed(key="died") == []
        assert app.listed(key="never used") == []

    def test_whatever_else_is_asked_for_counts_too(self) -> None:
        app = Lists()
        run = app.add(0, NOW)
        app.keys.take(digest_of("order 1"), KeyedRun(run.id, "fingerprint"))
        failed = RunFilter(statuses=frozenset({RunStatus.FAILED}))
        assert app.listed(key="order 1", where=failed) == []
        assert app.listed(key="order 1", connection_name="connection-0") == [run.id]
        assert app.listed(key="order 1", connection_name="connection-1") == []
        assert app.listed(key="order 1", after=tail_of(run.id)) == []


class TestCost:
    """A page may be short, or empty, and have others behind it: reading one is bounded."""

    @pytest.mark.parametrize("lanes", [1, 3, 40])
    def test_a_page_of_what_is_rare_searches_a_thousand_rows(self, lanes: int) -> None:
        app = Lists()
        rare = [app.add(0, NOW, correlation_id="rare")]
        for number in range(2_500):
            app.add(number % lanes, NOW + 1 + number)
        rare += [app.add(lanes - 1, NOW + 9_000, correlation_id="rare")]
        where, found, pages = RunFilter(correlation_id="rare"), [], 0
        request = ListRequest(where=where)
        while True:
            app.table.rows = app.table.requests = 0
            page = app.list(request)
            assert app.table.rows <= 1.2 * ROWS_LIMIT
            assert app.table.requests <= 2 * lanes + 20
            found += [run.id for run in page.runs]
            pages += 1
            if page.last is None:
                break
            request = replace(request, after=page.last)
        assert found == [run.id for run in reversed(rare)]
        assert pages <= 6

    def test_bounds_of_time_cut_what_is_searched(self) -> None:
        app = Lists()
        for number in range(400):
            app.add(number % 2, NOW + number)
        app.table.rows = 0
        where = RunFilter(correlation_id="none", created_after=NOW + 100, created_before=NOW + 111)
        assert app.listed(where=where) == []
        assert app.table.rows == 10

    def test_runs_that_need_an_operator_are_found_among_many_that_do_not(self) -> None:
        app = Lists()
        need = [app.add(n % 3, NOW + n, needs_operator_at=NOW) for n in range(150)]
        for number in range(2_000):
            app.add(number % 3, NOW + 1_000 + number)
        app.table.rows = app.table.requests = 0
        first = app.list(ListRequest(where=RunFilter(needs_operator=True), top=500))
        assert len(first.runs) == READS_LIMIT
        assert app.table.rows == 150
        assert app.table.requests <= READS_LIMIT + 5
        listed = app.listed(where=RunFilter(needs_operator=True), top=500)
        assert listed == [run.id for run in reversed(need)]

    def test_a_page_of_all_runs_is_full_and_reads_little_more(self) -> None:
        app = Lists()
        for number in range(300):
            app.add(number % 3, NOW + number)
        app.table.rows = app.table.requests = 0
        assert len(app.list(ListRequest(top=50)).runs) == 50
        assert (app.table.rows, app.table.requests) == (150, 4)

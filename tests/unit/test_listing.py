"""Listing runs: what matches, newest first over all lanes, each once, and in bounded steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.identifiers import tail_of
from shared.domain.run import RunStatus
from shared.domain.run.filter import RunFilter
from shared.domain.run.notification import Notification
from shared.services.reading.index_listing import SomeRuns
from shared.services.reading.listing import ListRequest
from shared.storage.keys import KeyedRun, digest_of
from tests.support.indexed import as_listed
from tests.support.listing import FLOWS, Lists
from tests.support.runs import NOW, SESSION

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


class TestSearch:
    """One text, whichever of its names a run is known by."""

    def test_a_text_finds_the_runs_that_it_names_exactly(self) -> None:
        app = Lists()
        runs = [app.add(n % 3, NOW + n, correlation_id="order 7") for n in range(4)]
        session = app.add(1, NOW + 9, status=RunStatus.RUNNING, flow_session_id=SESSION)
        app.keys.take(digest_of("a key"), KeyedRun(runs[2].id, "fingerprint"))
        app.add(0, NOW + 10, correlation_id="order 71")
        for text, found in [
            ("order 7", [*reversed(runs)]),
            ("order", []),
            (runs[1].id, [runs[1]]),
            (SESSION, [session]),
            (f"{{{SESSION.upper()}}}", [session]),
            ("a key", [runs[2]]),
            ("nothing", []),
        ]:
            for top in (1, 50):
                assert app.listed(search=text, top=top) == [run.id for run in found], text

    def test_a_text_may_name_one_run_as_its_key_and_others_as_their_correlation_id(self) -> None:
        app = Lists()
        runs = [app.add(n % 2, NOW + n, correlation_id="7" if n != 3 else None) for n in range(6)]
        app.keys.take(digest_of("7"), KeyedRun(runs[3].id, "fingerprint"))
        for top in (1, 2, 6, 50):
            assert app.listed(search="7", top=top) == [run.id for run in reversed(runs)]
        app.keys.take(digest_of("8"), KeyedRun(runs[0].id, "fingerprint"))
        assert app.listed(search="8") == [runs[0].id]

    def test_whatever_else_is_asked_for_counts_too(self) -> None:
        app = Lists()
        run = app.add(0, NOW, correlation_id="a")
        failed = app.add(1, NOW + 1, correlation_id="a", status=RunStatus.FAILED)
        where = RunFilter(statuses=frozenset({RunStatus.FAILED}))
        assert app.listed(search="a", where=where) == [failed.id]
        assert app.listed(search=run.id, where=where) == []
        assert app.listed(search="a", connection_name="connection-0") == [run.id]
        assert app.listed(search="a", where=RunFilter(correlation_id="b")) == []
        assert app.listed(search="a", where=RunFilter(created_after=NOW)) == [failed.id]


class TestIndex:
    def test_a_run_that_ends_while_lists_are_read_is_listed_once_as_it_ended(self) -> None:
        """Its old row was read, then it ended, then its new row was read."""
        app = Lists()
        run = app.add(0, NOW)
        ended = replace(run, status=RunStatus.SUCCEEDED, ended_at=NOW)
        query = app.table.query

        def ends_meanwhile(partition: str, after: str, before: str, **limit: Any) -> Any:
            found = query(partition, after, before, **limit)
            if after.startswith("active:"):
                app.index.table.ended(ended, NOW)
            return found

        app.table.query = ends_meanwhile  # type: ignore[method-assign]  # of this table alone
        (listed,) = app.list(ListRequest()).runs
        assert (listed.id, listed.status) == (ended.id, ended.status)

    def test_the_first_of_those_that_need_somebody_are_read_with_one_request(self) -> None:
        app = Lists()
        need = [app.add(n, NOW + n, needs_operator_at=NOW) for n in range(3)]
        gave_up = Notification(NOW, attempts=9, given_up_at=NOW)
        given = app.add(0, NOW, status=RunStatus.FAILED, notification=gave_up)
        app.table.requests = 0
        assert app.indexed.needing(2) == SomeRuns(
            (as_listed(need[2]), as_listed(need[1])), more=True
        )
        assert app.indexed.given_up(2) == SomeRuns((as_listed(given),), more=False)
        assert app.table.requests == 2

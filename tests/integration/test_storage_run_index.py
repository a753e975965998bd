"""The index of runs in a real table: what is late or comes twice brings back nothing that ended."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from shared.domain.identifiers import TAIL_LENGTH, run_id, tail_of
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.notification import Notification
from shared.storage import index_rows
from shared.storage.index_lists import IndexLists
from shared.storage.index_rows import ACTIVE, GIVEN, NEED, correlated
from shared.storage.run_index import Move, RunIndex
from tests.support.indexed import ENDED, ENVIRONMENT, PARTITION, listed, numbered, rows, succeeded
from tests.support.runs import (
    LANE,
    NOW,
    OTHER_SESSION,
    SESSION,
    running,
)
from tests.support.tables import DeceptiveTable


@pytest.fixture
def index(table: DeceptiveTable) -> RunIndex:
    return RunIndex(table, ENVIRONMENT)


@pytest.fixture
def lists(table: DeceptiveTable) -> IndexLists:
    return IndexLists(table, ENVIRONMENT)


def _give(run: Run | None) -> Run | None:
    return run


class TestALife:
    def test_a_run_is_in_the_lists_of_its_state_and_names_until_it_is_removed(
        self, index: RunIndex, lists: IndexLists, table: DeceptiveTable
    ) -> None:
        run, names = numbered(1), correlated("order 7")
        index.started([run], NOW)
        assert listed(lists, ACTIVE) == listed(lists, names) == (run,)
        works = numbered(1, running())
        assert index.moved([Move(works)], NOW) == []
        assert listed(lists, ACTIVE) == listed(lists, names) == (works,)
        assert lists.run_of(SESSION) == run.id
        needs = replace(works, needs_operator_at=NOW)
        index.moved([Move(needs)], NOW)
        assert listed(lists, ACTIVE) == listed(lists, NEED) == (needs,)
        index.moved([Move(works, needed=True)], NOW)
        assert listed(lists, NEED) == ()
        over = succeeded(works)
        assert index.ended(over, NOW)
        assert listed(lists, ENDED) == listed(lists, names) == (over,)
        assert listed(lists, ACTIVE) == ()
        given = replace(over, notification=Notification(NOW, given_up_at=NOW))
        index.moved([Move(given, was_final=True)], NOW)
        assert listed(lists, GIVEN) == listed(lists, ENDED) == (given,)
        index.moved([Move(over, was_final=True, given=True)], NOW)
        assert listed(lists, GIVEN) == ()
        index.remove([over])
        assert rows(table) == []

    def test_a_run_stands_as_it_is_and_nothing_of_what_it_was(
        self, index: RunIndex, lists: IndexLists
    ) -> None:
        refused = numbered(1, error=RunError("NotSent", "no way", status=500))
        index.started([refused], NOW)
        index.moved([Move(numbered(1, running()))], NOW)
        assert listed(lists, ACTIVE)[0].error is None

    def test_many_runs_are_told_of_together(self, index: RunIndex, table: DeceptiveTable) -> None:
        runs = [numbered(n) for n in range(100)]
        index.started(runs, NOW)
        assert table.commits == 2
        index.moved([Move(numbered(n, running(flow_session_id=f"s{n}"))) for n in range(33)], NOW)
        assert table.commits == 3

    def test_what_is_large_goes_in_more_transactions(
        self, index: RunIndex, lists: IndexLists
    ) -> None:
        error = RunError("x" * 10_000, "y" * 10_000, "z" * 10_000)
        runs = [numbered(n, error=error) for n in range(70)]
        index.started(runs, NOW)
        assert len(listed(lists, ACTIVE)) == 70

    def test_a_run_of_very_many_sessions_is_found_by_each_and_goes_with_all(
        self, index: RunIndex, lists: IndexLists, table: DeceptiveTable
    ) -> None:
        sessions = tuple(f"{SESSION[:-4]}{n:04d}" for n in range(250))
        run = numbered(1, running(), past_sessions=sessions)
        index.started([run], NOW)
        index.ended(succeeded(run), NOW)
        assert {lists.run_of(each) for each in run.sessions} == {run.id}
        index.remove([succeeded(run)])
        assert rows(table) == []


class TestTwice:
    def test_a_start_that_is_told_late_leaves_what_is_newer(
        self, index: RunIndex, lists: IndexLists
    ) -> None:
        index.started([numbered(1, running())], NOW)
        index.started([numbered(0), numbered(1), numbered(2)], NOW)
        statuses = [run.status for run in listed(lists, ACTIVE)]
        assert statuses == [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.QUEUED]

    def test_a_move_that_is_told_late_brings_back_nothing_that_has_ended(
        self, index: RunIndex, lists: IndexLists
    ) -> None:
        """And it is told which it was; the others of the same round are as they should be."""
        runs = [numbered(n, running(flow_session_id=f"s{n}")) for n in range(9)]
        index.started([numbered(n) for n in range(9)], NOW)
        over = succeeded(runs[4])
        index.ended(over, NOW)
        assert index.moved([Move(run) for run in runs], NOW) == [runs[4]]
        assert len(listed(lists, ACTIVE)) == 8
        assert all(run.status is RunStatus.RUNNING for run in listed(lists, ACTIVE))
        assert listed(lists, ENDED) == (over,)

    def test_an_end_that_comes_twice_or_whose_start_was_never_told_is_not_as_expected(
        self, index: RunIndex, lists: IndexLists
    ) -> None:
        over = succeeded(numbered(1, running()))
        assert not index.ended(over, NOW)
        assert listed(lists, ENDED) == ()
        assert index.put_right(over.id, lambda: over, NOW)
        assert listed(lists, ENDED) == (over,)
        assert not index.ended(over, NOW)
        assert listed(lists, ENDED) == (over,)

    def test_what_is_removed_twice_or_was_never_whole_is_removed(
        self, index: RunIndex, table: DeceptiveTable
    ) -> None:
        runs = [succeeded(numbered(n, running(flow_session_id=f"s{n}"))) for n in range(5)]
        index.started([numbered(n) for n in range(5)], NOW)
        for run in runs[:3]:
            index.ended(run, NOW)
        double = replace(runs[1], double_sessions=(OTHER_SESSION,))
        index.remove([runs[0]])
        index.remove([runs[0], double, runs[2]])
        assert [row.split(":")[0] for row in rows(table)] == ["active"] * 2 + ["correlation"] * 2


class TestPuttingRight:
    def test_it_finds_out_what_is_so_whatever_stands_there(
        self, index: RunIndex, table: DeceptiveTable
    ) -> None:
        late, works = numbered(1), numbered(1, running())
        needs = replace(works, needs_operator_at=NOW)
        for stands in ([], [Move(works)], [Move(needs)]):
            for is_so in (works, needs, succeeded(works), None):
                index.started([late], NOW)
                index.moved(stands, NOW)
                index.put_right(late.id, partial(_give, is_so), NOW, copy=needs)
                if is_so is None or not is_so.final:
                    assert not index.put_right(late.id, partial(_give, is_so), NOW)
                wanted = [] if is_so is None else sorted(index_rows.rows_of(is_so, NOW))
                found = [entity.row for entity in table.query(PARTITION, "0", "~")]
                assert found == wanted
                index.put_right(late.id, partial(_give, None), NOW, copy=is_so or needs)
                assert rows(table) == []

    def test_an_end_that_comes_meanwhile_is_not_undone(
        self, index: RunIndex, lists: IndexLists, table: DeceptiveTable
    ) -> None:
        """The row that it was decided on is another by then."""
        works = numbered(1, running())
        over, now_is = succeeded(works), [works]
        index.started([numbered(1)], NOW)

        def ends() -> None:
            now_is[0] = over
            index.ended(over, NOW)

        table.before = [ends]
        index.put_right(works.id, lambda: now_is[0], NOW)
        assert listed(lists, ACTIVE) == ()
        assert listed(lists, ENDED) == (over,)


class TestPages:
    def test_runs_are_listed_newest_first_page_by_page(
        self, index: RunIndex, lists: IndexLists
    ) -> None:
        runs = [numbered(n) for n in range(7)]
        index.started(runs, NOW)
        found: list[Run] = []
        after: str | None = ""
        while after is not None:
            page = lists.newest(ACTIVE, limit=3, after=after)
            found += page.runs
            after = page.last
        assert found == runs[::-1]

    def test_of_runs_of_one_moment_each_is_on_a_page(
        self, index: RunIndex, lists: IndexLists
    ) -> None:
        """A bound of time is the beginning of tails; a token is a whole one, behind which to go."""
        runs = [numbered(0, id=run_id(LANE, NOW, bytes([n] * 10))) for n in (0, 9, 99, 255)]
        index.started(runs, NOW)
        moment = tail_of(runs[0].id)[:10]
        assert len(moment) < TAIL_LENGTH
        assert lists.newest(ACTIVE, limit=9, after=moment).runs == tuple(runs)
        assert lists.newest(ACTIVE, limit=9, after=tail_of(runs[1].id)).runs == tuple(runs[2:])
        assert lists.newest(ACTIVE, limit=9, before=moment).runs == ()

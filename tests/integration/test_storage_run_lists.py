"""Lists of runs in a real table: newest first, page by page, within bounds of time."""

import random
from dataclasses import replace

import pytest

from shared.domain.identifiers import TAIL_RANDOM_BYTES, run_id, tail_of
from shared.domain.run import Run, RunStatus
from shared.domain.run.filter import RunFilter
from shared.storage.run_lists import RunLists
from shared.storage.runs import RunTable, StoredRun
from tests.support.runs import LANE, NOW, RUN_ID, start_request
from tests.support.tables import DeceptiveTable


@pytest.fixture
def runs(table: DeceptiveTable) -> RunTable:
    return RunTable(table)


@pytest.fixture
def lists(table: DeceptiveTable) -> RunLists:
    return RunLists(table)


def stored_run(runs: RunTable, wanted: str) -> StoredRun:
    found = runs.read(wanted)
    assert found is not None
    return found


def in_need(run: Run) -> Run:
    return replace(run, status=RunStatus.UNCONFIRMED, needs_operator_at=NOW)


def test_runs_are_listed_newest_first_page_by_page(runs: RunTable, lists: RunLists) -> None:
    ids = [run_id(LANE, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(7)]
    for each in random.Random(4).sample(ids, 7):
        runs.insert(each, start_request("{}"))
    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        page = lists.newest(LANE, limit=3, after=after)
        listed += [run.id for run in page.runs]
        after = page.last
    assert listed == ids[::-1]


def test_a_listed_run_is_the_run_that_is_read(runs: RunTable, lists: RunLists) -> None:
    run = runs.insert(RUN_ID, start_request("{}")).run
    assert lists.newest(LANE, limit=1).runs == (run,)


def test_a_run_that_came_meanwhile_shifts_no_page(runs: RunTable, lists: RunLists) -> None:
    older, newer, newest = (run_id(LANE, NOW + n, bytes(10)) for n in range(3))
    for each in (older, newer):
        runs.insert(each, start_request())
    runs.insert(newest, start_request())
    page = lists.newest(LANE, limit=5, after=tail_of(newer))
    assert [run.id for run in page.runs] == [older]


def test_runs_of_a_time_are_a_range(runs: RunTable, lists: RunLists) -> None:
    """Neither end of it is included."""
    ids = [run_id(LANE, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(5)]
    for each in ids:
        runs.insert(each, start_request())
    first, before = RunFilter(created_after=NOW + 1, created_before=NOW + 4).tails
    page = lists.newest(LANE, limit=5, after=first, before=before)
    assert [run.id for run in page.runs] == [ids[3], ids[2]]
    assert page.last is None


def test_those_that_need_an_operator_are_listed_alike(runs: RunTable, lists: RunLists) -> None:
    ids = [run_id(LANE, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(6)]
    for number, each in enumerate(ids):
        runs.insert(each, start_request())
        if number != 2:
            runs.change(stored_run(runs, each), in_need)
    page = lists.needing(LANE, limit=2)
    assert page.tails == (tail_of(ids[5]), tail_of(ids[4]))
    _, before = RunFilter(created_after=NOW).tails
    rest = lists.needing(LANE, limit=9, after=page.last or "", before=before)
    assert rest.tails == (tail_of(ids[3]), tail_of(ids[1]))
    assert rest.last is None

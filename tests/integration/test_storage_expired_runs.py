"""Old runs in a real table: found by their age, and removed with every row of theirs."""

from dataclasses import replace

import pytest

from shared.domain.identifiers import run_id
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import announced, end
from shared.domain.run.steps import note_doubles
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.runs import RunTable, StoredRun
from tests.support.runs import LANE, NOW, SESSION, start_request
from tests.support.tables import DeceptiveTable

LATER = NOW + 60_000


@pytest.fixture
def runs(table: DeceptiveTable) -> RunTable:
    return RunTable(table, keep_inputs=True)


@pytest.fixture
def expired(table: DeceptiveTable) -> ExpiredRuns:
    return ExpiredRuns(table)


def over(runs: RunTable, number: int = 0, *, sessions: int = 1, at: int = NOW) -> StoredRun:
    """Keep a run that ended, and was told, at a time; with inputs, outputs and sessions."""
    wanted = run_id(LANE, NOW + number, number.to_bytes(10, "big"))
    runs.insert(wanted, start_request('{"a":1}'))
    own = [f"{SESSION[:-6]}{number:02d}{n:04d}" for n in range(sessions)]
    runs.change(_read(runs, wanted), lambda run: replace(run, past_sessions=tuple(own)))
    runs.change(_read(runs, wanted), lambda run: end(run, RunStatus.SUCCEEDED, at=at))
    runs.change(_read(runs, wanted), lambda run: announced(run, at=at))
    runs.keep_outputs(_read(runs, wanted), '{"b":2}')
    return _read(runs, wanted)


def _read(runs: RunTable, wanted: str) -> StoredRun:
    stored = runs.read(wanted)
    assert stored is not None
    return stored


def left(table: DeceptiveTable) -> list[str]:
    return [entity.row for entity in table.query(LANE, "0", "~")]


def test_a_run_goes_with_all_its_rows(
    runs: RunTable, expired: ExpiredRuns, table: DeceptiveTable
) -> None:
    over(runs)
    assert expired.remove(LANE, list(expired.of_lane(LANE, NOW))) == 1
    assert left(table) == []


def test_many_runs_go_in_few_transactions(
    runs: RunTable, expired: ExpiredRuns, table: DeceptiveTable
) -> None:
    """A run of four rows: 25 fit into one transaction."""
    for number in range(60):
        over(runs, number)
    before = table.commits
    assert expired.remove(LANE, list(expired.of_lane(LANE, LATER))) == 60
    assert table.commits - before == 3
    assert left(table) == []


def test_a_run_with_more_sessions_than_a_transaction_takes_goes_too(
    runs: RunTable, expired: ExpiredRuns, table: DeceptiveTable
) -> None:
    """It was throttled again and again; its row says at each moment which sessions are left."""
    wanted = over(runs, sessions=90).run.id
    more = [f"{SESSION[:-6]}ff{n:04d}" for n in range(90)]
    runs.change(
        _read(runs, wanted), lambda run: replace(run, past_sessions=(*run.past_sessions, *more))
    )
    others = [f"{SESSION[:-6]}fe{n:04d}" for n in range(40)]
    runs.change(_read(runs, wanted), lambda run: note_doubles(run, others, at=NOW))
    assert expired.remove(LANE, list(expired.of_lane(LANE, NOW))) == 1
    assert {row.partition(":")[0] for row in left(table)} <= {"double"}, "the sweep's to forget"


@pytest.mark.parametrize(
    "change",
    [
        lambda run: replace(run, status=RunStatus.RUNNING),
        lambda run: replace(run, watch_at=NOW + 1),
        lambda run: replace(run, ended_at=NOW + 1),
    ],
    ids=["not final", "not told", "ended since"],
)
def test_what_is_not_over_for_long_stays(
    runs: RunTable, expired: ExpiredRuns, change: object
) -> None:
    stored = over(runs)
    runs.change(stored, change)  # type: ignore[arg-type]  # a step
    assert list(expired.of_lane(LANE, NOW)) == []


def test_a_run_that_changes_meanwhile_stays_and_the_others_go(
    runs: RunTable, expired: ExpiredRuns, table: DeceptiveTable
) -> None:
    """Somebody notes a session of one of them: its row and the new session's stay together."""
    first, second = over(runs, 1), over(runs, 2)
    found = list(expired.of_lane(LANE, LATER))
    runs.change(first, lambda run: note_doubles(run, ("f" * 36,), at=NOW))
    assert expired.remove(LANE, found) == 1
    assert runs.read(second.run.id) is None
    again = list(expired.of_lane(LANE, LATER))
    assert [stored.run.id for stored in again] == [first.run.id]
    assert expired.remove(LANE, again) == 1
    assert left(table) == [f"double:{'f' * 36}"], "it is the sweep's to forget"


def test_runs_are_found_page_by_page(
    runs: RunTable, expired: ExpiredRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.storage.expired_runs.PAGE", 3)
    for number in range(8):
        over(runs, number)
    assert len(list(expired.of_lane(LANE, LATER))) == 8


def test_only_runs_made_before_are_looked_at(runs: RunTable, expired: ExpiredRuns) -> None:
    made: list[Run] = [over(runs, number, at=NOW).run for number in (0, 5_000)]
    found = [stored.run.id for stored in expired.of_lane(LANE, NOW + 1_000)]
    assert found == [made[0].id]

"""Those who wait for a run's end, in a real table: they stand beside their run, and go with it."""

from dataclasses import replace

import pytest

from shared.domain.run import RunStatus
from shared.domain.run.announcements import announced, end
from shared.domain.run.notification import Notification
from shared.domain.run.waiter import waiter_key
from shared.domain.run.waiters import WAITERS_LIMIT
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import ConflictError
from shared.storage.waiters import StoredWaiter, WaiterTable
from tests.support.runs import LANE, NOW, RUN_ID, start_request
from tests.support.tables import DeceptiveTable

URL = "https://prod-1.engine.example.org:443/workflows/a?sp=%2Fruns&sig=hush"
KEY = waiter_key(URL)
LATER = NOW + 60_000


@pytest.fixture
def runs(table: DeceptiveTable) -> RunTable:
    made = RunTable(table)
    made.insert(RUN_ID, start_request())
    return made


@pytest.fixture
def waiters(table: DeceptiveTable, runs: RunTable) -> WaiterTable:
    return WaiterTable(table, runs)


def stored(runs: RunTable) -> StoredRun:
    found = runs.read(RUN_ID)
    assert found is not None
    return found


def row(waiters: WaiterTable) -> StoredWaiter:
    found = waiters.read(RUN_ID, KEY)
    assert found is not None
    return found


def join(runs: RunTable, waiters: WaiterTable, url: str = URL, *, at: int = NOW) -> list[str]:
    """Have somebody wait, and give the keys of all who do."""
    run = waiters.join(stored(runs), url, cancels=True, at=at)
    assert stored(runs).run == run
    return [each.key for each in run.waiters]


def test_who_joins_has_a_row_with_his_address(runs: RunTable, waiters: WaiterTable) -> None:
    assert join(runs, waiters) == [KEY]
    found = row(waiters)
    assert (found.url, found.joined_at, found.telling) == (URL, NOW, Notification(NOW))


def test_who_joins_twice_has_one_row_which_stays_as_it_was(
    runs: RunTable, waiters: WaiterTable
) -> None:
    join(runs, waiters)
    before = row(waiters)
    assert join(runs, waiters, at=LATER) == [KEY]
    assert row(waiters) == before


def test_his_own_success_is_recognised_where_the_sdk_repeated_it(
    table: DeceptiveTable, runs: RunTable, waiters: WaiterTable
) -> None:
    table.errors.append(ConflictError("409"))
    assert join(runs, waiters) == [KEY]
    assert row(waiters).url == URL


def test_one_too_many_is_not_among_those_who_wait(runs: RunTable, waiters: WaiterTable) -> None:
    for number in range(WAITERS_LIMIT):
        join(runs, waiters, f"{URL}{number}")
    assert KEY not in join(runs, waiters)
    assert waiters.read(RUN_ID, KEY) is None


def test_what_came_of_telling_is_kept(runs: RunTable, waiters: WaiterTable) -> None:
    join(runs, waiters)
    telling = Notification(due_at=LATER, attempts=2, error="it answered 500")
    waiters.told(row(waiters), telling)
    assert row(waiters).telling == telling
    assert row(waiters).url == URL


def test_who_joins_again_after_the_end_is_as_if_he_had_never_been_told(
    runs: RunTable, waiters: WaiterTable
) -> None:
    join(runs, waiters)
    runs.change(stored(runs), lambda run: end(run, RunStatus.SUCCEEDED, at=NOW))
    runs.change(stored(runs), lambda run: announced(run, at=NOW, told=[KEY]))
    telling = Notification(NOW, 3, delivered_at=NOW, given_up_at=NOW, error="it answered 500")
    waiters.told(row(waiters), telling)
    join(runs, waiters, at=LATER)
    assert stored(runs).run.untold_waiters == (KEY,)
    assert row(waiters).telling == Notification(due_at=LATER)
    assert row(waiters).joined_at == LATER


def test_an_attempt_made_beside_another_is_not_written_over_it(
    runs: RunTable, waiters: WaiterTable
) -> None:
    join(runs, waiters)
    before = row(waiters)
    waiters.told(before, Notification(NOW, attempts=1, delivered_at=NOW))
    waiters.told(before, Notification(NOW, attempts=1, error="it answered 500"))
    assert row(waiters).telling.delivered_at == NOW


def test_all_who_waited_go_with_the_run(
    table: DeceptiveTable, runs: RunTable, waiters: WaiterTable
) -> None:
    for number in range(WAITERS_LIMIT):
        join(runs, waiters, f"{URL}{number}")
    runs.change(stored(runs), lambda run: replace(end(run, RunStatus.SUCCEEDED, at=NOW)))
    told = [each.key for each in stored(runs).run.waiters]
    runs.change(stored(runs), lambda run: announced(run, at=NOW, told=told))
    expired = ExpiredRuns(table)
    assert expired.remove(LANE, list(expired.of_lane(LANE, NOW))) == 1
    assert table.query(LANE, "0", "~") == []

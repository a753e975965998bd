"""What callbacks cost Dataverse where many come: one query a second for all of them."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from local.emulator.faults import Fault
from tests.support.broker import Broker, broker
from tests.support.patience import until

RUNS, A_SECOND = 120, 10
SHARE = 0.15
"""How many requests a run may cost beside its submission, at so many callbacks a second."""

NEVER = {
    "SWEEP_SCHEDULE": "0 0 0 1 1 *",
    "FIRST_POLL_SECONDS": "3600",
    "LAST_POLL_SECONDS": "3600",
    "PYTHON_THREADPOOL_THREAD_COUNT": "1",
}
"""Nothing but its callback finds how a run has ended; and no thread is there to wait in."""


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("broker")
    with broker(folder, settings=NEVER, limit=1000, machines=200) as made:
        yield made


def at_work(app: Broker, count: int) -> list[str]:
    """Give the sessions of so many runs, whose robots work until the test ends them."""
    app.dataverse.hold("machines")
    runs = [app.start() for _ in range(count)]
    return [app.until(run, "Running")["flowSessionId"] for run in runs]


def until_called_back(app: Broker, count: int) -> Counter[int | None]:
    """Give the answers to Dataverse's callbacks, once so many have come."""

    def seen() -> Counter[int | None] | None:
        answers = Counter(each.status for each in app.dataverse.state().deliveries)
        return answers if answers.total() >= count else None

    return until(seen, "a callback does not come")


def queries(app: Broker) -> int:
    """Count what Dataverse was asked about sessions."""
    return len(app.dataverse.requests("/api/data/v9.2/flowsessions"))


def test_at_ten_callbacks_a_second_a_run_costs_little_beside_its_submission(app: Broker) -> None:
    """With a look of its own for each it was twice as much.

    The rate is what is measured, so the ends have their times; a machine that is too busy for them
    has its queries counted by the seconds that it took, and may have some callbacks come again.
    """
    sessions = at_work(app, RUNS)
    began = time.monotonic()
    for number, session in enumerate(sessions):
        time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
        app.dataverse.finish_session(session)
    runs = app.until_all_final(RUNS)
    took = time.monotonic() - began
    submissions = len(app.dataverse.requests("/api/data/v9.2/workflows"))
    assert submissions == RUNS
    assert queries(app) <= SHARE * max(RUNS, A_SECOND * took)
    assert Counter(run["status"] for run in runs) == {"Succeeded": RUNS}
    found_by = Counter(re.findall(r"run\.observed .*by='(\w+)'", app.hosts[0].log()))
    assert found_by["callback"] == RUNS


def test_callbacks_of_a_moment_hold_no_thread_of_the_worker(app: Broker) -> None:
    """It has one, and other functions need it: a slow Dataverse keeps nobody from starting runs.

    Looks come once a second, however long a busy machine takes to end the sessions.
    """
    sessions = at_work(app, 30)
    slow = Fault(method="GET", path="flowsessions", delay_ms=2_000, times=50)
    app.dataverse.add_fault(slow)
    before, began = len(app.dataverse.state().deliveries), time.monotonic()
    for session in sessions:
        app.dataverse.finish_session(session)
    until(lambda: queries(app), "no look begins")
    assert app.http.get("/lanes").status_code == 200
    heard = len(app.dataverse.state().deliveries) - before
    assert heard < len(sessions), "with a thread each, all would have been heard before"
    assert until_called_back(app, 30) == {200: 30}
    assert queries(app) <= 4 + time.monotonic() - began


def test_a_query_that_fails_is_asked_again_by_halves_and_nobody_hears_of_it(app: Broker) -> None:
    """That one session alone can fail it, the simulation shows."""
    first, *others = at_work(app, 20)
    app.dataverse.add_fault(Fault(method="GET", path="flowsessions$", status=500, times=1))
    for session in (first, *others):
        app.dataverse.finish_session(session)
    assert until_called_back(app, 20) == {200: 20}


def test_a_query_shows_of_a_session_what_a_look_at_it_alone_does(app: Broker) -> None:
    """What is recorded is the same, whichever way it came."""
    first, *others = at_work(app, 6)
    endings = {"statuscode": 8, "errorcode": "MachineNotFound", "errormessage": "It is gone."}
    for session in (first, *others):
        app.dataverse.finish_session(session, **endings)
    until_called_back(app, 6)
    runs = [run for run in app.all_runs() if run["flowSessionId"] in (first, *others)]
    assert len({str(run["error"]) for run in runs}) == 1
    assert all(run["startedAt"] and run["completedAt"] for run in runs)
    assert {run["status"] for run in runs} == {"Failed"}

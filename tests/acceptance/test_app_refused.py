"""Dataverse refuses the app, not its runs: they wait, and go on when that is repaired."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from local.emulator.catalogue import POST_INVOICE, READ_BALANCE
from local.emulator.faults import EVERY_CALL, Fault
from tests.support.broker import Broker, Json, broker
from tests.support.patience import until

WAITING = 8


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("refused"), limit=1000) as made:
        yield made


@pytest.fixture
def app(shared_app: Broker) -> Iterator[Broker]:
    yield shared_app
    shared_app.dataverse.clear_faults()
    shared_app.forget()


@pytest.mark.parametrize(
    ("error", "path"),
    [("unauthorized", EVERY_CALL), ("not_a_member", None)],
    ids=["401 to every call", "no member at RunDesktopFlow"],
)
def test_a_backlog_is_not_drained_while_the_app_is_refused(
    app: Broker, error: Literal["unauthorized", "not_a_member"], path: str | None
) -> None:
    """Ten seconds of 401 made every run of the backlog Failed.

    The simulation has the app refused in each way at each call.
    """
    action = None if path else "RunDesktopFlow"
    app.dataverse.add_fault(
        Fault(error=error, times=None, name="refused", path=path, action=action)
    )
    waiting = [app.start() for _ in range(WAITING)]
    told = _until_told(app, waiting)
    codes = {"unauthorized": "AppUnauthorized", "not_a_member": "AppNotMember"}
    assert told["error"]["code"] == codes[error]
    assert told["error"]["robotMayHaveStarted"] is False
    assert {app.run(run_id)["status"] for run_id in waiting} <= {"Queued", "Submitting"}
    app.dataverse.clear_faults("refused")
    runs = [app.until(run_id) for run_id in waiting]
    assert {run["status"] for run in runs} == {"Succeeded"}


def test_a_running_session_is_not_given_up_while_the_app_is_refused(app: Broker) -> None:
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    run_id = app.start()
    app.until(run_id, "Running")
    before = len(app.dataverse.requests("/api/data/"))
    app.dataverse.add_fault(Fault(error="not_a_member", times=None, path=EVERY_CALL))
    app.dataverse.release("machines")
    until(lambda: len(app.dataverse.requests("/api/data/")) >= before + 2, "nobody looked")
    run = app.run(run_id)
    assert (run["status"], run["error"]) == ("Running", None)
    app.dataverse.clear_faults()
    assert app.until(run_id)["status"] == "Succeeded"


def test_a_flow_that_always_fails_ends_after_five_tries_and_holds_up_nobody(
    tmp_path: Path,
) -> None:
    """It came back first in the backlog for ever, and a good run waited behind it."""
    soon = {
        "CONFIRM_ABSENT_SECONDS": "1",
        "FIRST_POLL_SECONDS": "1",
        "LAST_POLL_SECONDS": "1",
    }
    with broker(tmp_path, settings=soon, limit=1000) as app:
        _five_tries(app)


def _five_tries(app: Broker) -> None:
    app.until(app.start())  # callback URLs are known to be kept
    app.dataverse.add_fault(
        Fault(workflow=POST_INVOICE.id, error="internal", times=None, do_work=False)
    )
    bad = app.start()
    app.until(bad, "Unconfirmed")
    good = app.start(workflowId=READ_BALANCE.id)
    assert app.until(good)["status"] == "Succeeded"
    run = app.until(bad)
    assert (run["status"], run["error"]["code"]) == ("Failed", "SubmissionFails")
    assert run["attempts"] == 5
    assert run["error"]["robotMayHaveStarted"] is False
    assert run["error"]["advice"]
    assert all(each.outcome != "accepted" for each in app.submissions(bad))


def _until_told(app: Broker, run_ids: list[str]) -> Json:
    """Wait until one of the runs is back in the backlog, and says why."""

    def told() -> Json | None:
        runs = map(app.run, run_ids)
        back = (run for run in runs if run["status"] == "Queued" and run["error"] is not None)
        return next(back, None)

    return until(told, "no run tells why it waits", every=0.05)

"""What Dataverse refuses, for now or for good, and what a robot that never started means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.emulator.faults import Fault
from shared.domain.request import validate
from shared.triggers.provider import Services
from tests.support.broker import Broker, broker, valid_body


@pytest.mark.parametrize("face", ["http", "session"])
def test_too_many_are_put_back_and_all_succeed_whichever_way_dataverse_tells(
    tmp_path: Path, face: str
) -> None:
    """The app believes in a higher limit than the connection has: promises 2 and 3 hold."""
    pace = {"SUBMISSIONS_PER_WINDOW": "12", "SUBMISSION_WINDOW_SECONDS": "3"}
    limits: dict[str, Any] = {"limit": 6, "limit_window_seconds": 3, "throttle_as": face}

    def before(services: Services) -> None:
        """Have them all in the backlog at once: so many go at the same time."""
        for number in range(15):
            services.start(validate(valid_body(inputs={"Number": number})), None)

    with broker(tmp_path, settings=pace, before=before, **limits) as app:
        runs = app.until_all_final(15)
        state = app.dataverse.state()
    assert [run["status"] for run in runs] == ["Succeeded"] * 15
    worked = [each for each in state.sessions if each.errorcode is None]
    assert len(worked) == 15
    assert {run["flowSessionId"] for run in runs} == {each.id for each in worked}
    throttled = [each for each in state.submissions if each.outcome == "throttled"]
    assert throttled, "the limit was met"
    past = [session for run in runs for session in run["pastFlowSessionIds"]]
    assert len(past) == (len(throttled) if face == "session" else 0)


def test_a_robot_that_never_started_is_started_again_as_often_as_the_request_asks(
    app: Broker,
) -> None:
    run = app.until(app.start(inputs={"Outcome": "NoCandidateMachine"}, retries=2))
    assert run["status"] == "Failed"
    assert run["error"]["code"] == "NoCandidateMachine"
    assert run["error"]["robotMayHaveStarted"] is False
    assert "machine" in run["error"]["advice"]
    assert run["attempts"] == 3
    assert len(run["pastFlowSessionIds"]) == 2
    assert len(app.submissions(run["runId"])) == 3


def test_without_retries_a_robot_that_never_started_is_not_started_again(app: Broker) -> None:
    run = app.until(app.start(inputs={"Outcome": "NoCandidateMachine"}))
    assert (run["status"], run["attempts"]) == ("Failed", 1)


@pytest.mark.parametrize("code", ["SessionNotFound", "MachineNotFound", "SomethingUnheardOf"])
def test_an_error_after_which_the_robot_may_have_worked_is_never_retried(
    app: Broker, code: str
) -> None:
    run = app.until(app.start(inputs={"Outcome": "fail"}, retries=5))
    assert (run["status"], run["attempts"]) == ("Failed", 1)
    app.dataverse.hold("machines")
    run_id = app.start(retries=5)
    running = app.until(run_id, "Running")
    app.dataverse.finish_session(running["flowSessionId"], statuscode=8, errorcode=code)
    run = app.until(run_id)
    assert (run["status"], run["attempts"]) == ("Failed", 1)
    assert run["error"]["code"] == code
    assert run["error"]["robotMayHaveStarted"] is True


def test_service_protection_pauses_the_lane_for_as_long_as_it_says(app: Broker) -> None:
    body = {"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit"}}
    fault = Fault(action="RunDesktopFlow", status=429, body=body, headers={"Retry-After": "3"})
    app.dataverse.add_fault(fault)
    run_id = app.start(connectionName="shared-load-51")
    run = app.until(run_id)
    assert run["status"] == "Succeeded"
    first, second = [each.arrived_ms for each in app.submissions(run_id)]
    assert second - first >= 3_000


def test_an_expired_token_is_replaced_and_nothing_is_sent_twice(app: Broker) -> None:
    app.until(app.start())
    app.dataverse.expire_tokens()
    run = app.until(app.start())
    assert (run["status"], run["attempts"]) == ("Succeeded", 1)
    accepted = [each for each in app.submissions(run["runId"]) if each.outcome == "accepted"]
    assert len(accepted) == 1

"""Cancelling, in every state and with its races, against the emulator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from local.emulator.faults import Fault
from tests.support.broker import Broker, broker
from tests.support.patience import until


def cancel(app: Broker, run_id: str) -> httpx.Response:
    return app.http.post(f"/runs/{run_id}/cancel")


def cancel_often(app: Broker, run_id: str) -> list[httpx.Response]:
    """Cancel one run twenty times, side by side."""
    with ThreadPoolExecutor(10) as callers:
        return list(callers.map(lambda _: cancel(app, run_id), range(20)))


def pauses(app: Broker, connection: str) -> bool:
    lanes = app.http.get("/lanes").json()["value"]
    found = [lane["laneId"] for lane in lanes if lane["connectionName"] == connection]
    return any(app.http.get(f"/lanes/{each}").json()["pausedUntil"] for each in found)


def session_of(app: Broker, run_id: str) -> str:
    """Give the flow session of a run's submission, as soon as there is one."""

    def made() -> str | None:
        return next((each.session_id for each in app.submissions(run_id) if each.session_id), None)

    return until(made, "never submitted")


def test_a_queued_run_is_cancelled_at_once_and_never_sent(tmp_path: Path) -> None:
    """Half of the backlog is cancelled; the others take its slots as if it had never been."""
    limits: dict[str, Any] = {"limit": 10, "limit_window_seconds": 2}
    pace = {"SUBMISSIONS_PER_WINDOW": "10", "SUBMISSION_WINDOW_SECONDS": "2"}
    with broker(tmp_path, settings=pace, **limits) as app:
        app.until(app.start())
        (lane,) = app.http.get("/lanes").json()["value"]
        address = f"/lanes/{lane['laneId']}"
        app.http.post(f"{address}/pause", json={"reason": "until half are cancelled"})
        run_ids = [app.start() for _ in range(60)]
        with ThreadPoolExecutor(4) as callers:
            answers = list(callers.map(lambda run_id: cancel(app, run_id), run_ids[::2]))
        app.http.post(f"{address}/resume")
        runs = app.until_all_final(61)
        state = app.dataverse.state()
    told = {(answer.status_code, answer.json()["status"]) for answer in answers}
    assert told == {(202, "Cancelled")}
    ended = {run["runId"]: run["status"] for run in runs}
    assert [ended[run_id] for run_id in run_ids] == ["Cancelled", "Succeeded"] * 30
    _, *sent = [(each.callback_url or "").split("/")[-2] for each in state.submissions]
    assert sorted(sent) == sorted(run_ids[1::2]), "no slot was spent on a cancelled run"
    assert {each.outcome for each in state.submissions} == {"accepted"}


def test_a_running_run_is_cancelled_when_dataverse_says_so(app: Broker) -> None:
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    answer = cancel(app, run_id)
    assert answer.status_code == 202
    assert answer.json()["status"] == "Running"
    assert answer.json()["cancelRequestedAt"]
    assert app.until(run_id)["status"] == "Cancelled"


def test_a_cancellation_during_the_submission_is_carried_out_when_the_session_is_known(
    app: Broker,
) -> None:
    app.dataverse.hold("machines")
    app.dataverse.hold("answers")
    run_id = app.start()
    app.until(run_id, "Submitting")
    assert cancel(app, run_id).status_code == 202
    app.dataverse.release("answers")
    assert app.until(run_id)["status"] == "Cancelled"
    assert len(app.submissions(run_id)) <= 1


def test_cancelling_twice_is_asking_once(app: Broker) -> None:
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    first, second = cancel(app, run_id), cancel(app, run_id)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json()["cancelRequestedAt"] == first.json()["cancelRequestedAt"]
    assert app.until(run_id)["status"] == "Cancelled"


def test_cancelling_what_has_ended_is_409_with_its_state(app: Broker) -> None:
    run_id = app.start()
    app.until(run_id)
    answer = cancel(app, run_id)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "RunFinal"
    assert "Succeeded" in answer.json()["error"]["message"]
    assert app.run(run_id)["status"] == "Succeeded"


@pytest.mark.parametrize("answer", ["error", "accepted"])
def test_a_session_that_ended_before_the_cancellation_came_keeps_its_ending(
    app: Broker, answer: Literal["error", "accepted"]
) -> None:
    """Dataverse refuses to cancel it, or says yes and does nothing: the row decides."""
    app.dataverse.change_behaviour(cancel_of_finished=answer)
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    run_id = app.start()
    run = app.until(run_id, "Running")
    app.dataverse.finish_session(run["flowSessionId"])
    assert cancel(app, run_id).status_code == 202
    assert app.until(run_id)["status"] == "Succeeded"


def test_without_the_right_to_cancel_the_caller_is_told_what_to_grant(app: Broker) -> None:
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    app.dataverse.change_behaviour(may_cancel_sessions=False)
    answer = cancel(app, run_id)
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "CancelRefused"
    assert "Co-owner" in error["message"]
    assert error["innererror"]["httpStatus"] == 403
    app.dataverse.change_behaviour(may_cancel_sessions=True)
    assert app.until(run_id)["status"] == "Cancelled", "the next look asks again"


def test_a_run_that_does_not_exist_cannot_be_cancelled(app: Broker) -> None:
    assert cancel(app, "nonsense").status_code == 404


def test_a_lost_answers_session_is_cancelled_when_it_is_found(app: Broker) -> None:
    app.dataverse.hold("machines")
    app.dataverse.add_fault(Fault(action="RunDesktopFlow", lost_answer=True))
    run_id = app.start()
    app.until(run_id, "Unconfirmed")
    answer = cancel(app, run_id)
    assert (answer.status_code, answer.json()["status"]) == (202, "Unconfirmed")
    run = app.until(run_id)
    assert run["status"] == "Cancelled"
    assert run["flowSessionId"] == session_of(app, run_id)
    assert len(app.submissions(run_id)) == 1


def test_what_never_became_a_session_is_cancelled_instead_of_submitted_again(app: Broker) -> None:
    app.until(app.start())  # the app learns that Dataverse keeps callback URLs
    app.dataverse.add_fault(Fault(action="RunDesktopFlow", html=502))
    run_id = app.start()
    app.until(run_id, "Unconfirmed")
    assert cancel(app, run_id).status_code == 202
    run = app.until(run_id)
    assert (run["status"], run["flowSessionId"], run["attempts"]) == ("Cancelled", None, 1)
    assert [each for each in app.submissions(run_id) if each.session_id] == []


@pytest.mark.parametrize(
    ("code", "retries"), [("DesktopFlowsActionThrottled", 0), ("NoCandidateMachine", 3)]
)
def test_a_run_that_would_be_submitted_again_is_cancelled_instead(
    app: Broker, code: str, retries: int
) -> None:
    """Its session ended before anything was known of it, and no robot did anything."""
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    app.dataverse.hold("answers")
    run_id = app.start(retries=retries)
    app.dataverse.finish_session(session_of(app, run_id), statuscode=8, errorcode=code)
    assert cancel(app, run_id).json()["status"] == "Submitting"
    app.dataverse.release("answers")
    assert app.until(run_id)["status"] == "Cancelled"
    assert len(app.submissions(run_id)) == 1


def test_a_run_that_dataverse_throttled_is_cancelled_in_the_backlog(app: Broker) -> None:
    """It came back there, its lane pauses, and twenty callers want it gone."""
    connection = "shared-load-62"
    body = {"error": {"code": "0x80072322", "message": "too many"}}
    throttling = Fault(
        action="RunDesktopFlow", status=429, body=body, headers={"Retry-After": "4"}, times=None
    )
    app.dataverse.add_fault(throttling)
    run_id = app.start(connectionName=connection)
    until(
        lambda: pauses(app, connection) and app.run(run_id)["status"] == "Queued", "never throttled"
    )
    answers = cancel_often(app, run_id)
    before = len(app.submissions(run_id))
    app.dataverse.clear_faults()
    told = {answer.json().get("status") or answer.json()["error"]["code"] for answer in answers}
    assert "Cancelled" in told
    assert told <= {"Cancelled", "RunFinal"}
    other = app.start(connectionName=connection)
    assert app.until(other)["status"] == "Succeeded", "the lane goes on"
    assert app.run(run_id)["status"] == "Cancelled"
    assert len(app.submissions(run_id)) == before


def test_a_cancellation_and_a_callback_that_meet_leave_the_rows_ending(app: Broker) -> None:
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    run_ids = [app.start() for _ in range(12)]
    for run_id in run_ids:
        app.dataverse.finish_session(session_of(app, run_id))
        app.until(run_id, "Running", "Succeeded")
    with ThreadPoolExecutor(4) as callers:
        answers = callers.map(lambda run_id: cancel(app, run_id), run_ids)
        app.dataverse.release("callbacks")
        told = [answer.json() for answer in answers]
    refused = {each["error"]["code"] for each in told if "runId" not in each}
    assert refused <= {"RunFinal"}
    assert [app.until(run_id)["status"] for run_id in run_ids] == ["Succeeded"] * 12


@pytest.mark.parametrize(
    "fault",
    [
        Fault(action="CancelDesktopFlowRun", html=503, times=None),
        Fault(action="CancelDesktopFlowRun", lost_answer=True, times=None),
        Fault(path="/api/data/", cut=True, times=None),
    ],
    ids=["a gateway's error", "a lost answer", "not there at all"],
)
def test_while_dataverse_cannot_be_reached_a_cancellation_is_remembered(
    app: Broker, fault: Fault
) -> None:
    """The caller need not ask again: the next look carries it out."""
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    app.dataverse.add_fault(fault)
    answer = cancel(app, run_id)
    assert (answer.status_code, answer.json()["status"]) == (202, "Running")
    assert answer.json()["cancelRequestedAt"]
    app.dataverse.clear_faults()
    assert app.until(run_id)["status"] == "Cancelled"


def test_many_cancellations_of_one_run_are_one(app: Broker) -> None:
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    answers = cancel_often(app, run_id)
    accepted = [answer.json() for answer in answers if answer.status_code == 202]
    refused = [answer.json()["error"]["code"] for answer in answers if answer.status_code != 202]
    assert len({run["cancelRequestedAt"] for run in accepted}) == 1
    assert set(refused) <= {"RunFinal"}
    assert app.until(run_id)["status"] == "Cancelled"

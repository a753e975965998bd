"""Cancelling, in every state and with its races, against the emulator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.support.broker import Broker, broker


def cancel(app: Broker, run_id: str) -> httpx.Response:
    return app.http.post(f"/runs/{run_id}/cancel")


def test_a_queued_run_is_cancelled_at_once_and_never_sent(tmp_path: Path) -> None:
    """Half of the backlog is cancelled; the others take its slots as if it had never been."""
    limits: dict[str, Any] = {"limit": 10, "limit_window_seconds": 2}
    pace = {"SUBMISSIONS_PER_WINDOW": "10", "SUBMISSION_WINDOW_SECONDS": "2"}
    with broker(tmp_path, settings=pace, **limits) as app:
        run_ids = [app.start() for _ in range(60)]
        later = run_ids[20:]
        with ThreadPoolExecutor(4) as callers:
            answers = list(callers.map(lambda run_id: cancel(app, run_id), later[::2]))
        cancelled = {
            answer.json()["runId"]
            for answer in answers
            if answer.status_code == 202 and answer.json()["status"] == "Cancelled"
        }
        runs = app.until_all_final(60)
        state = app.dataverse.state()
    assert len(cancelled) >= 10
    ended = {run["runId"]: run["status"] for run in runs}
    assert {ended[run_id] for run_id in cancelled} == {"Cancelled"}
    sent = [each.callback_url or "" for each in state.submissions]
    assert not [run_id for run_id in cancelled if any(run_id in url for url in sent)]
    assert len(sent) == 60 - len(cancelled)
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


def test_a_session_that_ended_before_the_cancellation_came_keeps_its_ending(app: Broker) -> None:
    """Dataverse refuses to cancel it; the row decides, not the refusal."""
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    run_id = app.start()
    run = app.until(run_id, "Running")
    app.dataverse.finish_session(run["flowSessionId"])
    answer = cancel(app, run_id)
    assert answer.status_code in (202, 409)
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

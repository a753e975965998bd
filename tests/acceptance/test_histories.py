"""A run's history, through the whole app: what it went through, in order, and why."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json


def told(run: Json) -> list[tuple[str, str | None]]:
    """Give the states with the code of their reasons; see that they follow one on another."""
    history: list[Json] = run["history"]
    for one, following in pairwise(history):
        assert one["from"] <= one["to"] == following["from"]
    assert history[0]["from"] == run["createdAt"]
    assert (history[-1]["status"], history[-1]["to"]) == (run["status"], None)
    return [(each["status"], (each["reason"] or {}).get("code")) for each in history]


def test_a_run_tells_each_state_that_it_was_in(app: Broker) -> None:
    run_id = app.start()
    run = app.until(run_id)
    states = [status for status, _ in told(run)]
    assert states[:3] == ["Queued", "Submitting", "Running"]
    assert states[-1] == "Succeeded"
    assert run["history"][-1]["from"] == run["endedAt"]
    (listed,) = [each for each in app.all_runs() if each["runId"] == run_id]
    assert "history" not in listed


def test_a_run_that_waits_for_a_machine_says_so(app: Broker) -> None:
    app.dataverse.hold("machines")
    run = app.until(app.start(), "Running")
    assert told(run)[-1] == ("Running", "AwaitsMachine")


def test_a_run_that_waited_for_its_lane_says_what_the_lane_waited_for(app: Broker) -> None:
    """Also one that is not the first to go on."""
    connection = "shared-load-71"
    app.until(app.start(connectionName=connection))
    lanes: list[Json] = app.http.get("/lanes").json()["value"]
    (lane,) = [each for each in lanes if each["connectionName"] == connection]
    app.http.post(f"/lanes/{lane['laneId']}/pause", json={"reason": "month end"})
    run_ids = [app.start(connectionName=connection) for _ in range(3)]
    assert told(app.run(run_ids[0])) == [("Queued", None)]
    app.http.post(f"/lanes/{lane['laneId']}/resume")
    for run_id in run_ids:
        history = app.until(run_id)["history"]
        assert history[0]["reason"] == {"code": "LanePaused", "message": "month end"}


def test_a_submission_that_was_put_back_says_why_and_what_was_waited_for_then(app: Broker) -> None:
    body: dict[str, Any] = {"error": {"code": "0x80072322", "message": "too many requests"}}
    fault = Fault(
        action="RunDesktopFlow", status=429, body=body, headers={"Retry-After": "1"}, times=1
    )
    app.dataverse.add_fault(fault)
    run = app.until(app.start(connectionName="shared-load-72"))
    assert told(run)[1:3] == [("Submitting", "0x80072322"), ("Queued", "ServiceProtection")]
    assert run["attempts"] == 2


def test_an_end_has_the_reason_that_the_run_has(app: Broker) -> None:
    run = app.until(app.start(inputs={"Outcome": "fail"}))
    assert run["history"][-1]["reason"]["code"] == run["error"]["code"]
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    app.http.post(f"/runs/{run_id}/cancel")
    assert told(app.until(run_id))[-1][0] == "Cancelled"

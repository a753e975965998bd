"""What operators see of lanes, and what a caller is told about a run that waits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json, broker, valid_body
from tests.support.patience import until

LIMIT, WINDOW_SECONDS = 5, 600
"""Longer than any of it takes: nothing changes while a test looks."""

PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
}


def lane_of(app: Broker, connection: str) -> Json:
    """Give a lane as it is now."""
    lanes: list[Json] = app.http.get("/lanes").json()["value"]
    listed = next(lane for lane in lanes if lane["connectionName"] == connection)
    lane: Json = app.http.get(f"/lanes/{listed['laneId']}").json()
    return lane


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_lane_tells_its_backlog_slots_and_sessions_and_each_run_its_turn(tmp_path: Path) -> None:
    """That the times are right is shown by the simulation, which has a clock of its own."""
    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": WINDOW_SECONDS}
    with broker(tmp_path, settings=PACE, **limits) as app:
        app.dataverse.hold("machines")
        app.dataverse.hold("callbacks")
        run_ids = [app.start() for _ in range(17)]
        sent = [app.until(run_id, "Running") for run_id in run_ids[:LIMIT]]
        lane = lane_of(app, "shared-finance-01")
        queued = [app.run(run_id) for run_id in run_ids[LIMIT:]]
    assert {run["place"] for run in sent} == {None}
    assert {run["status"] for run in queued} == {"Queued"}
    assert (lane["slotsFree"], lane["backlog"]) == (0, len(queued))
    assert lane["activeFlowSessions"] == LIMIT
    assert (lane["limit"], lane["submittedLastMinute"]) == (LIMIT, LIMIT)
    assert lane["oldestQueuedAt"] == queued[0]["createdAt"]
    window = lane["window"]
    held = sum(each["slots"] for each in window["freeing"])
    assert (window["slots"], window["free"], window["inFlight"] + held) == (LIMIT, 0, LIMIT)
    assert [run["place"] for run in queued] == list(range(len(queued)))
    turns = [moment(run["expectedSubmissionAt"]) for run in queued]
    assert turns == sorted(turns)
    assert moment(queued[-1]["createdAt"]) < moment(lane["nextSlotAt"])
    assert (turns[-1] - turns[0]).total_seconds() >= WINDOW_SECONDS


def test_a_lane_that_was_told_to_wait_says_until_when(tmp_path: Path) -> None:
    """In an app of its own, whose lanes all wait: it is over before the wait is."""
    body = {"error": {"code": "0x80072322", "message": "too many"}}
    headers = {"Retry-After": "600"}
    with broker(tmp_path) as app:
        fault = Fault(action="RunDesktopFlow", status=429, body=body, headers=headers)
        app.dataverse.add_fault(fault)
        run_id = app.start(connectionName="shared-load-61")
        app.until_it(run_id, lambda run: run["attempts"])
        waits = until(lambda: lane_of(app, "shared-load-61")["pausedUntil"], "no pause")
        assert moment(waits) > moment(app.post(valid_body()).json()["createdAt"])


def test_many_lanes_are_told_as_somebody_saw_them_at_most_a_sweep_ago(app: Broker) -> None:
    """A list looks at two itself; the others were seen by whoever works them, and by the sweep."""
    app.dataverse.hold("machines")
    connections = [f"shared-load-{number}" for number in range(64, 70)]
    run_ids = [app.start(connectionName=each) for each in connections]
    for run_id in run_ids:
        app.until(run_id, "Running")

    def counts() -> dict[str, int]:
        lanes = app.http.get("/lanes").json()["value"]
        found = {each["connectionName"]: each["activeFlowSessions"] for each in lanes}
        assert all(lane["asOf"] for lane in lanes if lane["connectionName"] in connections)
        return {each: found[each] for each in connections}

    until(lambda: set(counts().values()) == {1}, lambda: f"still {counts()}", every=0.2)
    app.dataverse.release("machines")
    for run_id in run_ids:
        app.until(run_id)
    until(lambda: set(counts().values()) == {0}, lambda: f"still {counts()}", every=0.2)


def test_a_lane_is_paused_and_resumed_by_an_operator(app: Broker) -> None:
    """Starts are accepted meanwhile, and say why they wait; twice is the same."""
    connection = "shared-load-62"
    app.until(app.start(connectionName=connection))
    lane = lane_of(app, connection)
    address = f"/lanes/{lane['laneId']}"
    paused = [app.http.post(f"{address}/pause", json={"reason": "month end"}) for _ in range(2)]
    assert [answer.status_code for answer in paused] == [200, 200]
    assert paused[0].json() | {"asOf": None} == paused[1].json() | {"asOf": None}
    reason = paused[0].json()["pauseReason"]
    assert (reason["code"], reason["message"]) == ("LanePaused", "month end")
    assert paused[0].json()["pausedUntil"] is None
    run_id = app.start(connectionName=connection)
    run = app.run(run_id)
    assert (run["status"], run["expectedSubmissionAt"]) == ("Queued", None)
    assert (run["waitingFor"]["code"], run["waitingFor"]["until"]) == ("LanePaused", None)
    assert run["waitingFor"]["advice"]
    resumed = [app.http.post(f"{address}/resume") for _ in range(2)]
    assert [answer.status_code for answer in resumed] == [200, 200]
    assert resumed[0].json()["pauseReason"] is None
    after = app.until(run_id)
    assert (after["status"], after["waitingFor"]) == ("Succeeded", None)


def test_a_pause_takes_a_reason_and_a_lane(app: Broker) -> None:
    app.until(app.start(connectionName="shared-load-63"))
    lane_id = lane_of(app, "shared-load-63")["laneId"]
    refused = app.http.post(f"/lanes/{lane_id}/pause", json={"until": "2001-01-01T00:00:00Z"})
    assert refused.status_code == 400
    details = refused.json()["error"]["details"]
    assert {detail["target"] for detail in details} == {"reason", "until"}
    assert app.http.get(f"/lanes/{'0' * 16}").json()["error"]["code"] == "LaneNotFound"
    for verb, body in (("pause", {"reason": "x"}), ("resume", {})):
        unknown = app.http.post(f"/lanes/{'0' * 16}/{verb}", json=body)
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "LaneNotFound")

"""What needs somebody's attention, of one app with all that may go wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceExistsError

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json, broker
from tests.support.messages import queue
from tests.support.patience import until


def attention(app: Broker) -> Json:
    answer = app.http.get("/attention")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def until_told(app: Broker, name: str) -> Any:
    return until(lambda: attention(app)[name], lambda: f"still {attention(app)}", every=0.2)


def put(app: Broker, name: str, text: str) -> None:
    with queue(app, name) as client:
        with suppress(ResourceExistsError):
            client.create_queue()
        client.send_message(text)


def test_where_nothing_is_wrong_nothing_needs_anybody(tmp_path: Path) -> None:
    with broker(tmp_path) as app:
        app.until(app.start())
        until(lambda: not attention(app)["sweep"]["late"], "no sweep comes")
        told = attention(app)
        assert told["access"] == "Full"
        assert told["runsNeedingOperator"] == {"value": [], "more": False}
        assert told["notificationsGivenUp"] == {"value": [], "more": False}
        assert (told["pausedLanes"], told["hold"], told["messages"]) == ([], None, [])
        allowance = until_told(app, "allowance")["requests"]
        assert (allowance["limit"], allowance["windowSeconds"]) == (6_000, 300)
        assert 0 < allowance["remaining"] < allowance["limit"]


def test_a_lane_that_was_paused_is_told_at_once_with_its_reason(app: Broker) -> None:
    connection = "shared-load-81"
    app.until(app.start(connectionName=connection))
    views = {lane["connectionName"]: lane for lane in app.http.get("/lanes").json()["value"]}
    address = f"/lanes/{views[connection]['laneId']}"
    app.http.post(f"{address}/pause", json={"reason": "month end"})
    paused = [lane["connectionName"] for lane in attention(app)["pausedLanes"]]
    assert connection in paused
    app.http.post(f"{address}/resume")
    paused = [lane["connectionName"] for lane in attention(app)["pausedLanes"]]
    assert connection not in paused


def test_messages_that_nobody_works_any_more_are_counted(app: Broker) -> None:
    put(app, "run-requests", '{"workflowId": 7}')
    put(app, "run-requests-poison", "whatever it was")

    def kinds() -> set[tuple[str, str]]:
        return {(each["queue"], each["kind"]) for each in attention(app)["messages"]}

    wanted = {("rejected", "Rejected"), ("requests-poison", "Poison")}
    until(lambda: wanted <= kinds(), lambda: f"still {kinds()}", every=0.2)


def test_what_holds_all_lanes_is_told(tmp_path: Path) -> None:
    body = {"error": {"code": "0x80072560", "message": "not a member"}}
    with broker(tmp_path) as app:
        app.dataverse.add_fault(Fault(action="RunDesktopFlow", status=403, body=body, times=None))
        app.start()
        hold = until_told(app, "hold")
        assert hold["code"].startswith("App")
        assert hold["message"]

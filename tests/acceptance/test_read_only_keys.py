"""A key that may only read: whoever has it sees everything and changes nothing."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.support.broker import broker, valid_body

KEY = "a key, which looks"
RECEIVER = "http://127.0.0.1:9/ends"


def test_a_key_that_may_only_read_reads_and_does_nothing_else(tmp_path: Path) -> None:
    with broker(tmp_path, read_only_key=KEY, settings={"NOTIFY_PRIVATE_HOSTS": "127.0.0.1"}) as app:
        run_id = app.start()
        lane_id = app.http.get("/lanes").json()["value"][0]["laneId"]
        looks = {"x-functions-key": KEY}
        reads = ("/runs", f"/runs/{run_id}", f"/operations/{run_id}", "/lanes", "/subscriptions")
        for path in reads:
            assert app.http.get(path, headers=looks).status_code == 200, path
        subscribed = app.http.post("/subscriptions", json={"notificationUrl": RECEIVER}).json()
        (told,) = app.http.get("/subscriptions", headers=looks).json()["value"]
        assert told["subscriptionId"] == subscribed["subscriptionId"]
        assert told["location"] is None, "whoever has its address ends it"
        acts = (
            ("/runs", valid_body()),
            (f"/runs/{run_id}/cancel", None),
            (f"/runs/{run_id}/resolve", {"action": "fail", "reason": "no"}),
            (f"/lanes/{lane_id}/pause", {"reason": "no"}),
            (f"/lanes/{lane_id}/resume", None),
            ("/subscriptions", {"notificationUrl": "https://example.org/"}),
        )
        for path, body in acts:
            answer = app.http.post(path, json=body, headers=looks)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "ReadOnly"), path
        assert by_query(app.hosts[0].url) == 403
        assert [run["runId"] for run in app.all_runs()] == [run_id]
        assert app.until(run_id)["status"] == "Succeeded"


def by_query(url: str) -> int:
    """Start a run with the key in the address, whose parameter may be written in any case."""
    answer = httpx.post(f"{url}/api/runs?code=a+key%2C+which+looks", json=valid_body())
    return answer.status_code

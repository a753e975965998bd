"""The first-deployment check of docs/deploy.md, as far as the local environment can show it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from local.emulator.catalogue import REGISTER_SUPPLIER, RESTART_SCANNER
from tests.support.broker import Broker, broker, valid_body
from tests.support.patience import until

STEPS = [
    row
    for row in (Path(__file__).parents[2] / "docs" / "deploy.md").read_text().splitlines()
    if re.match(r"\| \d+ \|", row)
]
BURST, LIMIT, WINDOW_SECONDS = 100, 70, 10


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """With Dataverse's own limit, in a shorter window."""
    settings = {"SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS)}
    folder = tmp_path_factory.mktemp("first")
    with broker(
        folder, settings=settings, limit=LIMIT, limit_window_seconds=WINDOW_SECONDS
    ) as made:
        yield made


def test_there_are_ten_steps_each_with_what_to_do_if_it_is_otherwise() -> None:
    assert [int(row.split("|")[1]) for row in STEPS] == list(range(1, 11))
    assert all(len(cell.strip()) > 10 for row in STEPS for cell in row.split("|")[2:5])


def test_step_1_a_key_is_asked_for(app: Broker) -> None:
    assert httpx.get(f"{app.hosts[0].url}/api/lanes").status_code == 401
    assert app.http.get("/lanes").status_code == 200


def test_steps_3_to_5_a_run_is_submitted_marked_and_called_back(app: Broker) -> None:
    run = app.until(app.start())
    assert run["status"] == "Succeeded"
    session = app.dataverse.session(run["flowSessionId"])
    assert run["runId"] in (session.callbackurl or "")
    observed = re.compile(rf"run.observed .*{run['runId']}.* by='callback'")
    until(lambda: observed.search(app.hosts[0].log()), "nobody called back")
    assert "run.submitted" in app.hosts[0].log()


def test_step_6_ends_by_time_out_and_by_cancelling(app: Broker) -> None:
    late = app.start(timeout=1, inputs={"Outcome": "hang"})
    cancelled = app.start(inputs={"Outcome": "hang"})
    app.until(cancelled, "Running")
    app.http.post(f"/runs/{cancelled}/cancel").raise_for_status()
    assert app.until(late)["status"] in ("TimedOut", "Failed")
    assert app.until(cancelled)["status"] == "Cancelled"


def test_step_8_no_outputs_are_null_and_inputs_have_their_types(app: Broker) -> None:
    run_id = app.start()
    app.until(run_id, "Running", "Succeeded")
    app.until(run_id)
    assert "outputs" in app.http.get(f"/runs/{run_id}/outputs").json()
    assert app.http.get(f"/flows/{RESTART_SCANNER.id}/schema").json()["outputs"] is None
    told = app.http.get(f"/flows/{REGISTER_SUPPLIER.id}/schema").json()["inputs"]["properties"]
    assert {each["type"] for each in told.values()} >= {"string", "number", "boolean", "object"}
    assert told["PortalPassword"]["format"] == "password"


def test_step_9_plain_and_base64_and_what_is_no_request(app: Broker) -> None:
    requests = QueueClient.from_connection_string(app.azurite.connection_string, "run-requests")
    before = len(list(app.all_runs()))
    until(lambda: _made(requests), "the first sweep makes it")
    text = json.dumps(valid_body())
    requests.send_message(text)
    requests.send_message(base64.b64encode(text.encode()).decode())
    requests.send_message("hello")
    until(lambda: len(list(app.all_runs())) == before + 2, "two runs")
    until(lambda: "message.rejected" in app.hosts[0].log(), "one rejection")


def _made(queue: QueueClient) -> bool:
    try:
        queue.get_queue_properties()
    except ResourceNotFoundError:
        return False
    return True


def test_step_7_a_burst_goes_at_the_connections_pace(app: Broker) -> None:
    started = [app.start(connectionName="shared-load-07") for _ in range(BURST)]
    for run_id in started:
        run = app.until(run_id)
        assert (run["status"], run["attempts"]) == ("Succeeded", 1)
    arrivals = app.dataverse.arrivals(WINDOW_SECONDS)["shared-load-07"]
    assert (arrivals.accepted, arrivals.throttled) == (BURST, 0)
    assert arrivals.most_in_window <= LIMIT

"""Starting and reading runs, as callers see it."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.broker import Broker, Json, valid_body

RUN_ID = r"[0-9a-v]{16}-[0-9a-v]{26}"


def error_of(answer: httpx.Response) -> Json:
    """The one shape of errors: {"error": {"code", "message", "target"?, "details"?}}."""
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error: Json = answer.json()["error"]
    assert {"code", "message"} <= set(error) <= {"code", "message", "target", "details"}
    assert "Traceback" not in answer.text
    return error


def test_a_start_is_accepted_with_the_address_to_watch_it_at(app: Broker) -> None:
    answer = app.post(valid_body(correlationId="order 17"))
    assert answer.status_code == 202
    assert "location" not in answer.headers
    assert int(answer.headers["retry-after"]) > 0
    body = answer.json()
    assert body["status"] == "Queued"
    assert body["correlationId"] == "order 17"
    assert re.fullmatch(RUN_ID, body["runId"])
    address = answer.headers["operation-location"]
    assert address == f"{app.http.base_url}operations/{body['runId']}"
    assert app.http.get(address).json()["id"] == body["runId"]


def test_the_robot_gets_the_inputs_and_the_caller_its_outputs(app: Broker) -> None:
    run_id = app.start(inputs={"InvoiceNumber": "A-1 äß€", "Amount": 12.5})
    app.until(run_id)
    first = app.http.get(f"/runs/{run_id}/outputs").json()
    assert first["status"] == "Succeeded"
    assert first["outputs"]["InvoiceNumber"] == "A-1 äß€"
    assert first["outputs"]["Result"] == "Done"
    assert app.http.get(f"/runs/{run_id}/outputs").json() == first
    asked = [each.path for each in app.dataverse.requests("/api/data/v9.2/flowsessions(")]
    read = [path for path in asked if path.endswith("/outputs/$value")]
    assert len(read) == 1, "outputs are read from Dataverse once"


def test_inputs_may_be_a_string_that_holds_an_object(app: Broker) -> None:
    run_id = app.start(inputs='{"InvoiceNumber": "B-2"}')
    app.until(run_id)
    assert app.http.get(f"/runs/{run_id}/outputs").json()["outputs"]["InvoiceNumber"] == "B-2"


def test_inputs_of_two_megabytes_go_through_and_larger_ones_are_413(app: Broker) -> None:
    room = 2 * 1024 * 1024 - len('{"Text":""}')
    run_id = app.start(inputs={"Text": "x" * room})
    app.until(run_id)
    outputs = app.http.get(f"/runs/{run_id}/outputs").json()["outputs"]
    assert len(outputs["Text"]) == room
    answer = app.post(valid_body(inputs={"Text": "x" * (room + 1)}))
    assert answer.status_code == 413
    assert error_of(answer)["target"] == "inputs"


def test_outputs_of_a_run_that_has_not_ended_are_409(app: Broker) -> None:
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    answer = app.http.get(f"/runs/{run_id}/outputs")
    assert answer.status_code == 409
    assert error_of(answer)["code"] == "RunNotFinal"


def test_all_faults_of_a_start_are_told_at_once_each_with_its_field(app: Broker) -> None:
    body = {
        "workflowId": "not-a-guid",
        "runMode": "sometimes",
        "timeout": 0,
        "inputs": [1],
        "callbackUrl": "https://evil.example.com",
        "priority": "high",
    }
    answer = app.post(body)
    assert answer.status_code == 400
    error = error_of(answer)
    targets = [detail["target"] for detail in error["details"]]
    assert targets == [
        "workflowId",
        "connectionName",
        "runMode",
        "timeout",
        "inputs",
        "callbackUrl",
        "priority",
    ]
    assert error["target"] == "workflowId"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 100_000, b"NaN"]
)
def test_a_body_that_is_no_json_is_400(app: Broker, content: bytes) -> None:
    answer = app.http.post("/runs", content=content)
    assert answer.status_code == 400
    assert error_of(answer)["target"] == "body"


def test_a_body_beyond_reason_is_413(app: Broker) -> None:
    answer = app.http.post("/runs", content=b" " * (9 * 1024 * 1024))
    assert answer.status_code == 413
    assert error_of(answer)["target"] == "body"


def test_the_same_key_and_request_is_the_same_run(app: Broker) -> None:
    body = valid_body(inputs={"a": 1, "b": 2})
    first = app.post(body, key="order-1")
    again = app.post(body | {"inputs": '{"b": 2, "a": 1}'}, key="order-1")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["runId"] == first.json()["runId"]
    for name in ("operation-location", "retry-after"):
        assert name in again.headers, "it is followed like the first"
    assert "location" not in again.headers


def test_the_repeat_of_a_start_whose_run_has_ended_tells_how(app: Broker) -> None:
    run_id = app.post(valid_body(), key="order-3").json()["runId"]
    app.until(run_id)
    again = app.post(valid_body(), key="order-3")
    assert again.status_code == 200
    assert again.json()["status"] == "Succeeded"
    assert "retry-after" not in again.headers


def test_the_same_key_at_the_same_time_is_one_run(app: Broker) -> None:
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: app.post(valid_body(), key="at-once"), range(8)))
    run_ids = {answer.json()["runId"] for answer in answers}
    assert len(run_ids) == 1
    assert [answer.status_code for answer in answers].count(202) == 1
    run_id = run_ids.pop()
    app.until(run_id)
    assert len(app.submissions(run_id)) == 1


def test_the_same_key_for_another_request_is_422(app: Broker) -> None:
    assert app.post(valid_body(), key="order-2").status_code == 202
    answer = app.post(valid_body(timeout=60), key="order-2")
    assert answer.status_code == 422
    assert error_of(answer)["target"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tkey"])
def test_a_key_that_is_no_key_is_400(app: Broker, key: str) -> None:
    answer = app.post(valid_body(), key=key)
    assert answer.status_code == 400
    assert error_of(answer)["target"] == "Idempotency-Key"


def test_a_reference_that_stands_for_nothing_is_400(app: Broker) -> None:
    for name in ("dfb_NoSuchRobots", "dfb_RetiredRobots", "dfb_UnboundRobots"):
        answer = app.post(valid_body(connectionName=name, connectionType=2))
        assert answer.status_code == 400, name
        assert error_of(answer)["target"] == "connectionName"


def test_what_dataverse_refuses_is_failed_with_its_words(app: Broker) -> None:
    run = app.until(app.start(workflowId="00000000-0000-0000-0000-000000000001"))
    assert run["status"] == "Failed"
    assert run["error"]["code"] == "0x80040217"
    assert run["error"]["robotMayHaveStarted"] is False
    assert run["error"]["innererror"]["httpStatus"] == 404
    outputs = app.http.get(f"/runs/{run['runId']}/outputs")
    assert outputs.json()["outputs"] is None


def test_a_robot_that_fails_is_failed_with_its_error(app: Broker) -> None:
    run = app.until(app.start(inputs={"Outcome": "fail"}))
    assert run["status"] == "Failed"
    assert run["error"]["robotMayHaveStarted"] is True


def test_a_run_that_does_not_exist_is_404(app: Broker) -> None:
    for run_id in ("nonsense", "0" * 16 + "-" + "0" * 26, "..%20..", "a" * 5000):
        for path in (f"/runs/{run_id}", f"/runs/{run_id}/outputs", f"/operations/{run_id}"):
            answer = app.http.get(path)
            assert answer.status_code == 404, path
            assert error_of(answer)["code"] == "RunNotFound"


def test_no_key_no_run(app: Broker) -> None:
    """Promise 6: without a key nothing is started, read or listed."""
    run_id = app.start()
    with httpx.Client(base_url=app.http.base_url) as stranger:
        for method, path in [
            ("POST", "/runs"),
            ("GET", "/runs"),
            ("GET", f"/runs/{run_id}"),
            ("GET", f"/runs/{run_id}/outputs"),
            ("GET", f"/operations/{run_id}"),
        ]:
            answer = stranger.request(method, path, json=valid_body())
            assert answer.status_code == 401, path


def test_no_input_token_or_signature_reaches_the_log(app: Broker) -> None:
    """Promise 6: no secret and no run input in a log."""
    secret = "hush-8c1f"
    run_id = app.start(inputs={"Password": secret})
    app.until(run_id)
    url = app.submissions(run_id)[0].callback_url
    assert url is not None
    log = app.hosts[0].log()
    assert run_id in log
    assert secret not in log
    assert url.rpartition("/")[2] not in log
    assert "Bearer" not in log


def test_times_are_utc_and_tell_the_story_of_the_run(app: Broker) -> None:
    run = app.until(app.start())
    times = [run[name] for name in ("createdAt", "submittedAt", "startedAt", "completedAt")]
    for time in times:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert json.dumps(run)
    assert run["attempts"] == 1

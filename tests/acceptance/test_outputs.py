"""Outputs: what the robot gave back, told whole or told why not, and never taken for nothing."""

from __future__ import annotations

import base64
import json
import random

import httpx
import pytest

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json, valid_body

FLOW_SUCCEEDED, FLOW_FAILED = 4, 8


def noise(size: int) -> str:
    """Make a text of so many characters that hardly compresses."""
    return base64.b64encode(random.Random(size).randbytes(size * 3 // 4)).decode()


def ended(app: Broker, outputs: str | None, statuscode: int = FLOW_SUCCEEDED) -> Json:
    """A run whose robot gave back exactly this."""
    app.dataverse.hold("machines")
    run = app.until(app.start(), "Running")
    app.dataverse.finish_session(run["flowSessionId"], statuscode=statuscode, outputs=outputs)
    return app.until(run["runId"])


def outputs_of(app: Broker, run: Json) -> httpx.Response:
    return app.http.get(f"/runs/{run['runId']}/outputs")


def error_of(answer: httpx.Response) -> Json:
    error: Json = answer.json()["error"]
    return error


@pytest.mark.parametrize("megabytes", [8, 30])
def test_outputs_that_are_too_long_to_be_kept_are_given_whole_and_read_each_time(
    app: Broker, megabytes: int
) -> None:
    text = noise(megabytes * 1_000_000)
    run = ended(app, json.dumps({"Report": text}))
    before = app.session_requests()
    for reading in (1, 2):
        answer = outputs_of(app, run)
        assert answer.status_code == 200
        assert answer.json()["outputs"] == {"Report": text}
        assert app.session_requests() == before + reading


def test_outputs_that_compress_well_are_kept_however_long_they_are(app: Broker) -> None:
    run = ended(app, json.dumps({"Report": "line\n" * 4_000_000}))
    first = outputs_of(app, run).json()
    app.dataverse.delete_session(run["flowSessionId"])
    assert outputs_of(app, run).json() == first
    assert len(first["outputs"]["Report"]) == 20_000_000


def test_a_run_of_another_desktop_flow_than_the_caller_takes_it_for_is_told(app: Broker) -> None:
    """A form shows the fields of the flow that its maker chose: of another all would be empty."""
    run = ended(app, json.dumps({"Total": 119.50}))
    address, other = f"/runs/{run['runId']}/outputs", "5d3a1f0e-0000-4000-8000-000000000001"
    same = {"workflowId": f"{{{run['workflowId'].upper()}}}"}
    assert app.http.get(address, params=same).json()["outputs"] == {"Total": 119.50}
    for wrong in (other, "invoices"):
        refused = app.http.get(address, params={"workflowId": wrong})
        assert (refused.status_code, error_of(refused)["target"]) == (400, "workflowId")


@pytest.mark.parametrize("told_as", ["204", "404", "empty"])
def test_no_outputs_are_null_in_whichever_way_it_is_told_and_this_is_kept(
    app: Broker, told_as: str
) -> None:
    app.dataverse.change_behaviour(no_outputs=told_as)
    run = ended(app, None)
    first = outputs_of(app, run)
    assert first.status_code == 200
    assert first.json() == {"runId": run["runId"], "status": "Succeeded", "outputs": None}
    before = app.session_requests()
    assert outputs_of(app, run).json() == first.json()
    assert app.session_requests() == before


@pytest.mark.parametrize("told_as", ["204", "404", "empty"])
def test_outputs_of_a_session_that_is_gone_are_410_and_never_kept_as_none(
    app: Broker, told_as: str
) -> None:
    """Dataverse answers 404 to both; somebody who restores the row finds the outputs again."""
    app.dataverse.change_behaviour(no_outputs=told_as)
    run = ended(app, '{"Result": "paid"}')
    app.dataverse.delete_session(run["flowSessionId"])
    for _ in range(2):
        before = app.session_requests()
        answer = outputs_of(app, run)
        assert answer.status_code == 410
        assert error_of(answer)["code"] == "OutputsGone"
        assert app.session_requests() > before


def test_a_robot_that_failed_may_have_given_something_back(app: Broker) -> None:
    run = ended(app, '{"Rows": 17}', FLOW_FAILED)
    answer = outputs_of(app, run).json()
    assert answer == {"runId": run["runId"], "status": "Failed", "outputs": {"Rows": 17}}


def test_while_dataverse_is_unavailable_outputs_are_503_and_nothing_is_kept(app: Broker) -> None:
    run = ended(app, '{"Result": "paid"}')
    app.dataverse.add_fault(Fault(path=r"outputs/\$value", status=500, times=None))
    answer = outputs_of(app, run)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    app.dataverse.clear_faults()
    assert outputs_of(app, run).json()["outputs"] == {"Result": "paid"}


def test_outputs_that_the_app_may_not_read_are_409_with_dataverses_reason(app: Broker) -> None:
    """Trying again would not help: somebody has to grant it."""
    run = ended(app, '{"Result": "paid"}')
    app.dataverse.change_behaviour(may_read_sessions=False)
    answer = outputs_of(app, run)
    assert answer.status_code == 409
    assert error_of(answer)["code"] == "OutputsRefused"
    assert error_of(answer)["innererror"]["httpStatus"] == 403
    app.dataverse.change_behaviour(may_read_sessions=True)
    assert outputs_of(app, run).json()["outputs"] == {"Result": "paid"}


@pytest.mark.parametrize(
    "outputs",
    [
        "[1, 2]",
        '"text"',
        '{"Result": ',
        "<html>",
        '{"Result": ' + "[" * 5_000 + "]" * 5_000 + "}",
    ],
    ids=["array", "string", "cut", "page", "too deep"],
)
def test_outputs_that_are_no_json_object_are_502_and_never_kept_as_none(
    app: Broker, outputs: str
) -> None:
    """The caller's request is right, and Dataverse is there: what came from it cannot be told."""
    run = ended(app, outputs)
    for _ in range(2):
        answer = outputs_of(app, run)
        assert answer.status_code == 502, answer.text
        assert error_of(answer)["code"] == "OutputsUnreadable"


AMOUNTS = '{"Amount":1234567890123456.78,"Tax":0.10,"Net":119.00,"Big":1E400,"No":-0,"Id":%s}'


def test_amounts_keep_their_digits_on_their_way_to_the_robot_and_back(app: Broker) -> None:
    """Both ways, and from what is kept: an invoice must not change by a cent."""
    amounts = AMOUNTS % ("7" * 100)
    app.dataverse.hold("machines")
    body = json.dumps(valid_body())[:-1] + f', "inputs": {amounts}}}'
    headers = {"Idempotency-Key": "amounts", "Content-Type": "application/json"}
    answer = app.http.post("/runs", content=body.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    run = app.until(answer.json()["runId"], "Running")
    assert app.dataverse.session(run["flowSessionId"]).inputs == amounts
    app.dataverse.finish_session(run["flowSessionId"], statuscode=4, outputs=amounts)
    app.until(run["runId"])
    told = f'{{"runId":"{run["runId"]}","status":"Succeeded","outputs":{amounts}}}'
    assert outputs_of(app, run).text == told
    app.dataverse.delete_session(run["flowSessionId"])
    assert outputs_of(app, run).text == told, "as they were kept"


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ('{"A": NaN, "B": 1}', {"A": "NaN", "B": 1}),
        ('{"A": [Infinity, -Infinity]}', {"A": ["Infinity", "-Infinity"]}),
        ('{"A": "cut \\ud83d", "B": "\\ude00", "C": "\\ud83d\\ude00"}',
         {"A": "cut \ufffd", "B": "\ufffd", "C": "\U0001f600"}),
        ('{"\\ud83d": {"A": "\\udfff"}}', {"\ufffd": {"A": "\ufffd"}}),
        ('{"A": 1, "A": 2}', {"A": 2}),
        ('{"A": "two\nlines"}', {"A": "two\nlines"}),
        ("null", None),
        (" ", None),
    ],
)  # fmt: skip
def test_one_value_without_sense_does_not_hide_the_others(
    app: Broker, outputs: str, told: Json | None
) -> None:
    run = ended(app, outputs)
    for _ in range(2):
        answer = outputs_of(app, run)
        assert answer.status_code == 200, answer.text
        assert answer.json()["outputs"] == told


def test_outputs_longer_than_any_that_dataverse_keeps_are_502(app: Broker) -> None:
    """A column of Dataverse holds 32 MB; a process does not take whatever it is sent."""
    run = ended(app, json.dumps({"Report": "x" * 68_000_000}))
    before = app.session_requests()
    answer = outputs_of(app, run)
    assert answer.status_code == 502
    assert error_of(answer)["code"] == "OutputsUnreadable"
    assert "too long" in error_of(answer)["message"]
    assert app.session_requests() == before + 1, "it would be as long the second time"

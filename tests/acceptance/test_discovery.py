"""From a name to a run: a caller who knows no GUID finds the flow, its inputs and a connection."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from local.emulator.catalogue import FINANCE_REFERENCE, POST_INVOICE, WORKFLOWS
from local.emulator.faults import Fault
from tests.support.broker import Broker, valid_body
from tests.support.messages import rejected, run_requests
from tests.support.patience import until


def found(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_run_is_started_knowing_no_more_than_a_name(app: Broker) -> None:
    (flow,) = found(app.http.get("/flows", params={"search": "post invoice"}))["value"]
    schema = found(app.http.get(f"/flows/{flow['workflowId']}/schema"))
    connections = found(app.http.get("/connections"))["value"]
    connection = next(each for each in connections if each["usable"])
    assert connection["name"] == FINANCE_REFERENCE
    values = {"string": "2026-0001", "number": 119.5}
    inputs = {
        name: each.get("default", values[each["type"]])
        for name, each in schema["inputs"]["properties"].items()
    }
    run_id = app.start(
        workflowId=flow["workflowId"],
        connectionName=connection["name"],
        connectionType=connection["connectionType"],
        inputs=inputs,
        validateInputs=True,
    )
    app.until(run_id, "Succeeded")
    outputs = found(app.http.get(f"/runs/{run_id}/outputs"))["outputs"]
    assert set(schema["outputs"]["properties"]) & set(outputs)
    assert outputs["InvoiceNumber"] == "2026-0001"


def test_the_pages_of_flows_are_followed_by_their_links(app: Broker) -> None:
    page = found(app.http.get("/flows", params={"top": 2}))
    names = [flow["name"] for flow in page["value"]]
    while "nextLink" in page:
        page = found(app.http.get(page["nextLink"]))
        names += [flow["name"] for flow in page["value"]]
    assert names == sorted(flow.name for flow in WORKFLOWS.values())


@pytest.mark.parametrize("path", ["flows", f"flows/{POST_INVOICE.id}/schema", "connections"])
def test_nothing_is_told_without_a_key(app: Broker, path: str) -> None:
    assert httpx.get(f"{app.http.base_url}{path}").status_code == 401


def test_a_message_is_checked_as_a_request_is(app: Broker) -> None:
    body = valid_body(inputs={"Amuont": 1}, validateInputs=True)
    with run_requests(app) as requests:
        requests.send_message(json.dumps(body))
        (rejection,) = rejected(app)
    (reason,) = rejection["reasons"]
    assert (reason["target"], reason["code"]) == ("inputs.Amuont", "UnknownInput")
    assert "did you mean 'Amount'" in reason["message"]


def test_a_message_whose_schema_cannot_be_had_waits_for_it(app: Broker) -> None:
    """It is delivered again, and starts its run once."""
    workflow_id = next(each for each in WORKFLOWS if each != POST_INVOICE.id)
    path = rf"workflows\({workflow_id}\)/inputs"
    app.dataverse.add_fault(Fault(path=path, status=503, times=4))
    body = valid_body(workflowId=workflow_id, validateInputs=True, correlationId="patient")
    with run_requests(app) as requests:
        requests.send_message(json.dumps(body))
    runs = until(lambda: [run for run in app.all_runs() if run["correlationId"] == "patient"])
    assert app.until(runs[0]["runId"])["status"] == "Succeeded"
    assert "CatalogUnavailable" not in json.dumps(runs)

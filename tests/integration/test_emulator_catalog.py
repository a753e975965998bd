"""The emulator tells of desktop flows and references as documented, and by its switches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import (
    OTHER_REFERENCE,
    POST_CREDIT_NOTE,
    POST_INVOICE,
    READ_BALANCE,
    REGISTER_SUPPLIER,
    RESTART_SCANNER,
    WORKFLOWS,
)
from local.parts import Emulator

LIST = "workflows?$filter=category eq 6&$select=name,workflowid&$orderby=name"
DRAFTS = {"MSCRM.IncludeUnpublished": "true"}
NOBODY = "6e0b1c5e-0000-4000-8000-000000000000"


@pytest.fixture
def dataverse(emulator: Emulator, admin: EmulatorAdmin) -> Iterator[httpx.Client]:
    del admin  # it has put everything back
    with caller(emulator.url, emulator.identity_environment) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    value: list[dict[str, Any]] = answer.json()["value"]
    return value


def inputs_of(dataverse: httpx.Client, workflow_id: str) -> dict[str, Any]:
    answer = dataverse.get(f"workflows({workflow_id})/inputs/$value")
    assert answer.status_code == 200
    schema: dict[str, Any] = answer.json()["schema"]
    return schema


def test_desktop_flows_are_listed_without_drafts(dataverse: httpx.Client) -> None:
    listed = rows(dataverse.get(LIST))
    assert [row["name"] for row in listed] == sorted(flow.name for flow in WORKFLOWS.values())
    assert set(listed[0]) == {"@odata.etag", "name", "workflowid"}
    with_drafts = rows(dataverse.get(LIST, headers=DRAFTS))
    assert {row["name"] for row in with_drafts} - {row["name"] for row in listed} == {
        POST_CREDIT_NOTE.name
    }
    others = rows(dataverse.get("workflows?$filter=category eq 5&$select=name"))
    assert [row["name"] for row in others] == ["Notify approvers"]


def test_a_page_size_is_honoured_and_makes_top_be_overlooked(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    sized = {"Prefer": "odata.maxpagesize=2"}
    page = dataverse.get(f"{LIST}&$top=1", headers=sized)
    assert (len(rows(page)), page.headers["Preference-Applied"]) == (2, "odata.maxpagesize=2")
    following = dataverse.get(page.json()["@odata.nextLink"], headers=sized)
    assert len(rows(following)) == 2
    assert len(rows(dataverse.get(f"{LIST}&$top=1"))) == 1
    admin.change_behaviour(page_size_honoured=False)
    page = dataverse.get(LIST, headers=sized)
    assert len(rows(page)) == len(WORKFLOWS)
    assert "Preference-Applied" not in page.headers


@pytest.mark.parametrize("select", ["", "&$select=name,clientdata", "&$select=definition"])
def test_a_list_of_large_columns_times_out_at_a_gateway(
    dataverse: httpx.Client, select: str
) -> None:
    answer = dataverse.get(f"workflows?$filter=category eq 6{select}")
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert rows(dataverse.get("workflows?$filter=category eq 9")) == []


def test_a_schema_is_told_as_the_documentation_shows_it(dataverse: httpx.Client) -> None:
    schema = inputs_of(dataverse, POST_INVOICE.id)
    assert schema["type"] == "object"
    assert schema["properties"]["Amount"] == {
        "title": "Amount",
        "description": "",
        "default": "",
        "format": None,
        "type": "number",
        "value": "0",
    }
    outputs = dataverse.get(f"workflows({READ_BALANCE.id})/outputs/$value").json()["schema"]
    assert outputs["properties"]["Balance"]["value"] is None


def test_one_flow_is_read_and_a_draft_where_it_is_asked_for(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    one = dataverse.get(f"workflows({READ_BALANCE.id})?$select=name").json()
    assert one["name"] == READ_BALANCE.name
    assert error_of(dataverse.get(f"workflows({NOBODY})")) == (404, "0x80040217")
    draft = f"workflows({POST_CREDIT_NOTE.id})"
    assert error_of(dataverse.get(draft)) == (404, "0x80040217")
    assert error_of(dataverse.get(f"{draft}/inputs/$value")) == (404, "0x80040217")
    asked = dataverse.get(draft, headers=DRAFTS).json()
    assert (asked["componentstate"], asked["statecode"]) == (1, 0)
    assert dataverse.get(f"{draft}/inputs/$value", headers=DRAFTS).status_code == 200
    admin.change_behaviour(drafts_by_id=True)
    assert dataverse.get(draft).status_code == 200


@pytest.mark.parametrize(
    ("switch", "status", "body"),
    [
        ("204", 204, ""),
        ("empty", 200, ""),
        ("braces", 200, "{}"),
        ("null", 200, '{"schema": null}'),
        ("no_properties", 200, '{"schema": {"type": "object", "properties": {}}}'),
    ],
)
def test_a_flow_without_inputs_is_told_in_many_ways(
    dataverse: httpx.Client, admin: EmulatorAdmin, switch: str, status: int, body: str
) -> None:
    admin.change_behaviour(no_schema=switch)
    answer = dataverse.get(f"workflows({RESTART_SCANNER.id})/inputs/$value")
    assert (answer.status_code, answer.text) == (status, body)
    admin.change_behaviour(no_schema="404")
    answer = dataverse.get(f"workflows({RESTART_SCANNER.id})/outputs/$value")
    assert error_of(answer) == (404, "0x80040217")


def test_what_no_document_says_of_schemas_is_told_both_ways(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    schema = inputs_of(dataverse, REGISTER_SUPPLIER.id)
    told = schema["properties"]
    kinds = {each["type"] for each in told.values()}
    assert kinds == {"string", "number", "integer", "boolean", "datetime", "object", "array"}
    assert told["PortalPassword"]["format"] == "password"
    assert (told["CreditLimit"]["default"], told["CreditLimit"]["value"]) == (1000.5, "0")
    assert "required" not in schema
    admin.change_behaviour(
        undocumented_types="string", sensitive_as="type", mandatory_as="list", default_as="value"
    )
    schema = inputs_of(dataverse, REGISTER_SUPPLIER.id)
    told = schema["properties"]
    assert {each["type"] for each in told.values()} == {"string", "number", "securestring"}
    assert (told["CreditLimit"]["default"], told["CreditLimit"]["value"]) == ("", "1000.5")
    assert "Name" in schema["required"]
    assert "Address" not in schema["required"]
    admin.change_behaviour(undocumented_types="absent", sensitive_as="flag", mandatory_as="flag")
    told = inputs_of(dataverse, REGISTER_SUPPLIER.id)["properties"]
    assert told["Preferred"]["type"] is None
    assert told["PortalPassword"]["isSensitive"] is True
    assert (told["Name"]["required"], told["Address"]["required"]) == (True, False)


def test_a_reference_of_another_connector_is_listed_and_runs_nothing(
    dataverse: httpx.Client,
) -> None:
    select = "$select=connectorid,connectionreferencelogicalname"
    listed = rows(dataverse.get(f"connectionreferences?{select}"))
    (other,) = (row for row in listed if not row["connectorid"].endswith("/shared_uiflow"))
    assert other["connectionreferencelogicalname"] == OTHER_REFERENCE
    run = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
    body = {"runMode": "unattended", "connectionName": OTHER_REFERENCE, "connectionType": 2}
    assert error_of(dataverse.post(run, json=body)) == (404, "ConnectionNotFound")


def test_columns_and_rights_may_be_missing(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    admin.change_behaviour(missing_columns=["componentstate"])
    assert dataverse.get("workflows?$select=name,componentstate").status_code == 400
    admin.change_behaviour(may_read_flows=False, may_read_references=False)
    schema = f"workflows({POST_INVOICE.id})/inputs/$value"
    for path in (LIST, f"workflows({POST_INVOICE.id})", schema, "connectionreferences"):
        assert error_of(dataverse.get(path)) == (403, "0x80040220")

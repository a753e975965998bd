"""The client reads the catalog from the emulator, whichever way its switches are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import fetch_token
from local.emulator.catalogue import (
    DISABLED_REFERENCE,
    FINANCE_REFERENCE,
    OTHER_REFERENCE,
    POST_CREDIT_NOTE,
    POST_INVOICE,
    REGISTER_SUPPLIER,
    RESTART_SCANNER,
    UNBOUND_REFERENCE,
    WORKFLOWS,
)
from local.emulator.faults import Fault
from local.parts import Emulator
from shared.dataverse import catalog
from shared.dataverse.catalog import CatalogClient
from shared.dataverse.errors import NotFoundError, OutcomeUnknownError, RefusedError
from shared.dataverse.token import TokenSource
from shared.dataverse.web_api import WebApi
from shared.domain.flow import FlowState
from shared.domain.flow_schema import FlowSchema, UnreadableSchemaError
from tests.support.dataverse import Tokens
from tests.support.wire import Server, answers, server

NOBODY = "6e0b1c5e-0000-4000-8000-000000000000"
INPUTS = rf"workflows\({POST_INVOICE.id}\)/inputs"


class _Token:
    def __init__(self, token: str) -> None:
        self.token, self.expires_on = token, 0

    def get_token(self, *_: str) -> Any:
        return self


@pytest.fixture
def dataverse(emulator: Emulator, admin: EmulatorAdmin) -> CatalogClient:
    del admin  # it has put everything back
    token = fetch_token(emulator.url, emulator.identity_environment)
    tokens = TokenSource(f"{emulator.url}/.default", lambda: _Token(token))
    return CatalogClient(WebApi(emulator.url, tokens, pool_size=2))


def client_of(where: Server) -> CatalogClient:
    tokens = TokenSource(f"{where.url}/.default", Tokens())
    return CatalogClient(WebApi(where.url, tokens, pool_size=2))


def inputs_of(dataverse: CatalogClient, workflow_id: str) -> FlowSchema:
    schema = dataverse.schema(workflow_id, "inputs")
    assert schema is not None
    return schema


def names(dataverse: CatalogClient, *, drafts: bool = False) -> list[str]:
    return [flow.name for flow in dataverse.flows(drafts=drafts)]


def test_published_flows_are_listed_by_name(dataverse: CatalogClient, admin: EmulatorAdmin) -> None:
    flows = dataverse.flows(drafts=False)
    assert [flow.name for flow in flows] == sorted(flow.name for flow in WORKFLOWS.values())
    found = next(flow for flow in flows if flow.id == POST_INVOICE.id)
    assert (found.description, found.published) == (POST_INVOICE.description, True)
    assert {flow.state for flow in flows} == {FlowState.ACTIVATED}
    (request,) = admin.requests("/api/data")
    assert "clientdata" not in request.query


def test_drafts_come_where_they_are_asked_for(dataverse: CatalogClient) -> None:
    (draft,) = (flow for flow in dataverse.flows(drafts=True) if not flow.published)
    assert (draft.id, draft.state) == (POST_CREDIT_NOTE.id, FlowState.DRAFT)


@pytest.mark.parametrize("size", [1, 2, 5000])
def test_pages_are_read_to_the_last_each_with_its_header(
    dataverse: CatalogClient, admin: EmulatorAdmin, size: int
) -> None:
    admin.change_behaviour(largest_page=size)
    assert len(names(dataverse, drafts=True)) == len(WORKFLOWS) + 1


@pytest.mark.parametrize(
    "missing",
    [["componentstate"], ["description", "statecode", "componentstate", "type"]],
    ids=["one", "all"],
)
def test_columns_that_an_environment_has_not_are_left_out(
    dataverse: CatalogClient, admin: EmulatorAdmin, missing: list[str]
) -> None:
    admin.change_behaviour(missing_columns=missing)
    flows = dataverse.flows(drafts=False)
    assert len(flows) == len(WORKFLOWS)
    assert {flow.published for flow in flows} == {None}


def test_copies_that_an_activation_makes_are_no_flows(
    dataverse: CatalogClient, admin: EmulatorAdmin
) -> None:
    admin.change_behaviour(activation_copies=True)
    assert len(names(dataverse)) == len(WORKFLOWS)


@pytest.mark.parametrize("first", ["draft", "published"])
def test_a_flow_with_changes_that_are_not_published_is_one_flow(first: str) -> None:
    published = {"workflowid": NOBODY, "name": "Flow", "componentstate": 0}
    draft = published | {"componentstate": 1, "name": "Flow, changed"}
    rows = [draft, published] if first == "draft" else [published, draft]
    with server(answers(200, {"value": rows})) as where:
        (flow,) = client_of(where).flows(drafts=True)
    assert (flow.name, flow.published) == ("Flow", True)


def test_rows_without_sense_hide_no_others() -> None:
    good: dict[str, Any] = {
        "workflowid": NOBODY,
        "name": None,
        "statecode": "x",
        "componentstate": [],
    }
    rows = [None, 7, {}, {"workflowid": "x"}, {"workflowid": NOBODY, "componentstate": 2}, good]
    with server(answers(200, {"value": rows})) as where:
        (flow,) = client_of(where).flows(drafts=False)
    assert (flow.name, flow.state, flow.published) == (NOBODY, FlowState.UNKNOWN, None)


def test_a_list_without_end_is_cut(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, dataverse: CatalogClient
) -> None:
    monkeypatch.setattr(catalog, "ROWS_LIMIT", 2)
    assert len(names(dataverse)) == 2
    assert "catalog.cut" in caplog.text


def test_a_schema_costs_one_call(dataverse: CatalogClient, admin: EmulatorAdmin) -> None:
    schema = inputs_of(dataverse, POST_INVOICE.id)
    assert schema.properties == {
        "InvoiceNumber": {
            "title": "InvoiceNumber",
            "description": "As it stands on the invoice",
            "type": "string",
        },
        "Amount": {"title": "Amount", "type": "number"},
        "Currency": {"title": "Currency", "type": "string", "default": "EUR"},
    }
    assert len(admin.requests("/api/data")) == 1


@pytest.mark.parametrize("sensitive_as", ["format", "type", "flag"])
@pytest.mark.parametrize("types", ["named", "string", "absent"])
def test_a_schema_is_read_however_it_is_told(
    dataverse: CatalogClient, admin: EmulatorAdmin, types: str, sensitive_as: str
) -> None:
    admin.change_behaviour(undocumented_types=types, sensitive_as=sensitive_as)
    properties = inputs_of(dataverse, REGISTER_SUPPLIER.id).properties
    password = properties["PortalPassword"]
    assert (password["type"], password["format"]) == ("string", "password")
    kind = {"named": "boolean", "string": "string", "absent": None}[types]
    assert properties["Preferred"].get("type") == kind
    assert properties["CreditLimit"]["default"] == 1000.5


@pytest.mark.parametrize("switch", ["list", "flag"])
def test_what_is_mandatory_is_required_where_it_is_told(
    dataverse: CatalogClient, admin: EmulatorAdmin, switch: str
) -> None:
    assert inputs_of(dataverse, REGISTER_SUPPLIER.id).required == ()
    admin.change_behaviour(mandatory_as=switch)
    required = set(inputs_of(dataverse, REGISTER_SUPPLIER.id).required)
    assert {"Name", "PortalPassword"} <= required
    assert required.isdisjoint({"Address", "Contacts", "ValidFrom"})


@pytest.mark.parametrize("switch", ["204", "404", "empty", "braces", "null"])
def test_a_flow_without_inputs_has_no_schema(
    dataverse: CatalogClient, admin: EmulatorAdmin, switch: str
) -> None:
    admin.change_behaviour(no_schema=switch)
    for side in ("inputs", "outputs"):
        assert dataverse.schema(RESTART_SCANNER.id, side) is None


def test_a_flow_may_say_that_it_has_no_inputs(
    dataverse: CatalogClient, admin: EmulatorAdmin
) -> None:
    admin.change_behaviour(no_schema="no_properties")
    assert inputs_of(dataverse, RESTART_SCANNER.id).properties == {}


@pytest.mark.parametrize("columns", [[], ["componentstate"]], ids=["told", "not told"])
def test_a_draft_has_a_schema_too(
    dataverse: CatalogClient, admin: EmulatorAdmin, columns: list[str]
) -> None:
    admin.change_behaviour(missing_columns=columns)
    assert "InvoiceNumber" in inputs_of(dataverse, POST_CREDIT_NOTE.id).properties
    assert dataverse.schema(POST_CREDIT_NOTE.id, "outputs") is None


def test_a_flow_that_does_not_exist_is_not_found(dataverse: CatalogClient) -> None:
    with pytest.raises(NotFoundError):
        dataverse.schema(NOBODY, "inputs")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html>", "not JSON"),
        ("[1]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ('{"schema": "text"}', "no JSON object"),
        ('{"schema": {"properties": {"x": {"$ref": "#/properties/x"}}}}', "refers to itself"),
        ("[" * 100_000, "not JSON"),
    ],
    ids=["html", "list", "text", "no object", "recursive", "deep"],
)
def test_a_schema_that_cannot_be_read_is_told_with_its_reason(
    dataverse: CatalogClient, admin: EmulatorAdmin, body: str, reason: str
) -> None:
    admin.add_fault(Fault(path=INPUTS, status=200, body=body, times=None))
    with pytest.raises(UnreadableSchemaError, match=reason):
        dataverse.schema(POST_INVOICE.id, "inputs")


def test_a_gateways_404_says_nothing_of_a_flow(
    dataverse: CatalogClient, admin: EmulatorAdmin
) -> None:
    admin.add_fault(Fault(path=INPUTS, html=404, times=None))
    with pytest.raises(OutcomeUnknownError):
        dataverse.schema(POST_INVOICE.id, "inputs")


def test_a_missing_right_is_a_refusal(dataverse: CatalogClient, admin: EmulatorAdmin) -> None:
    admin.change_behaviour(may_read_flows=False, may_read_references=False)
    for ask in (
        lambda: dataverse.flows(drafts=False),
        lambda: dataverse.schema(POST_INVOICE.id, "inputs"),
        dataverse.references,
    ):
        with pytest.raises(RefusedError):
            ask()


def test_references_tell_what_keeps_them_from_being_used(dataverse: CatalogClient) -> None:
    found = {each.logical_name: each for each in dataverse.references()}
    assert found[FINANCE_REFERENCE].usable
    assert found[FINANCE_REFERENCE].display_name == "Finance robots"
    assert not found[DISABLED_REFERENCE].active
    assert found[UNBOUND_REFERENCE].connection is None
    assert not found[OTHER_REFERENCE].for_desktop_flows
    assert not any(
        found[name].usable for name in (DISABLED_REFERENCE, UNBOUND_REFERENCE, OTHER_REFERENCE)
    )


def test_references_without_sense_hide_no_others() -> None:
    good = {"connectionreferencelogicalname": "n", "connectionid": "c", "statecode": 0}
    good["connectorid"] = "/providers/Microsoft.PowerApps/apis/shared_uiflow"
    rows = [None, {}, {"connectionreferencelogicalname": None}, json.loads(json.dumps(good))]
    with server(answers(200, {"value": rows})) as where:
        (found,) = client_of(where).references()
    assert found.usable

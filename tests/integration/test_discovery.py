"""What can be run, as callers ask for it: the functions of HTTP over the emulator, call by call."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import (
    DISABLED_REFERENCE,
    FINANCE_CONNECTION,
    FINANCE_REFERENCE,
    OTHER_REFERENCE,
    POST_CREDIT_NOTE,
    POST_INVOICE,
    REGISTER_SUPPLIER,
    RESTART_SCANNER,
    UNBOUND_REFERENCE,
    WORKFLOWS,
)
from local.emulator.faults import EVERY_CALL, Fault
from local.host.invocation import InvocationContext
from local.parts import Azurite, Emulator, settings_for
from shared.composition import compose
from shared.runtime import SystemClock
from shared.services.reading.catalog_answers import FRESH_SECONDS, CatalogUnavailableError
from shared.settings import read
from shared.storage.table import StorageUnavailableError
from shared.triggers import catalog, runs
from tests.support.broker import valid_body

Json = dict[str, Any]

API = "/api/data"
NOBODY = "6e0b1c5e-0000-4000-8000-000000000000"
NAMES = sorted(flow.name for flow in WORKFLOWS.values())
WRONG = {"inputs": {"Amount": "119"}, "validateInputs": True}


@dataclass
class App:
    """The functions of an instance that has asked for nothing yet."""

    settings: dict[str, str]
    admin: EmulatorAdmin

    def __post_init__(self) -> None:
        self.services = compose(read(self.settings))
        app = func.FunctionApp()
        app.register_functions(catalog.blueprint(lambda: self.services))
        app.register_functions(runs.blueprint(lambda: self.services))
        self._functions = {each.get_function_name(): each for each in app.get_functions()}

    def call(
        self,
        name: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        route: Mapping[str, str] | None = None,
        body: Json | None = None,
        key: str | None = None,
    ) -> func.HttpResponse:
        request = func.HttpRequest(
            "GET" if body is None else "POST",
            f"https://broker.example/api/{path}",
            params=dict(params or {}),
            route_params=dict(route or {}),
            headers={} if key is None else {"Idempotency-Key": key},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        function = self._functions[name].get_user_function()
        context = InvocationContext("an id", name, "")
        answer: func.HttpResponse = copy_context().run(function, request, context)
        return answer

    def flows(self, **params: str) -> Json:
        return told(self.call("list_flows", "flows", params))

    def names(self, **params: str) -> list[str]:
        return [flow["name"] for flow in self.flows(**params)["value"]]

    def schema(self, workflow_id: str) -> func.HttpResponse:
        route = {"workflowId": workflow_id}
        return self.call("get_flow_schema", f"flows/{workflow_id}/schema", route=route)

    def connections(self, **params: str) -> list[Json]:
        listed: list[Json] = told(self.call("list_connections", "connections", params))["value"]
        return listed

    def start(self, key: str | None = None, **fields: Any) -> func.HttpResponse:
        return self.call("start_run", "runs", body=valid_body(**fields), key=key)

    def asked(self) -> int:
        return len(self.admin.requests(API))


def told(answer: func.HttpResponse, status: int = 200) -> Json:
    assert answer.status_code == status, answer.get_body()
    body: Json = json.loads(answer.get_body())
    return body


def error_of(answer: func.HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.get_body())["error"]["code"]


def details_of(answer: func.HttpResponse) -> list[tuple[str, str]]:
    details = told(answer, 400)["error"]["details"]
    return [(each["target"], each["code"]) for each in details]


@pytest.fixture
def app(azurite: Azurite, emulator: Emulator, admin: EmulatorAdmin) -> Iterator[App]:
    settings = settings_for(azurite, emulator, RUN_TABLE=f"Discovery{uuid.uuid4().hex}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.identity_environment.items():
            patch.setenv(name, value)
        yield App(settings, admin)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Have so many seconds pass at once, for what is kept."""
    ahead = [0.0]

    def move(seconds: float) -> None:
        ahead[0] += seconds

    monkeypatch.setattr(SystemClock, "monotonic", lambda _: time.monotonic() + ahead[0])
    return move


class TestFlows:
    def test_published_flows_are_listed_by_name(self, app: App) -> None:
        listed = app.flows()
        assert [flow["name"] for flow in listed["value"]] == NAMES
        assert listed["continuationToken"] is None
        assert "nextLink" not in listed
        found = next(each for each in listed["value"] if each["workflowId"] == POST_INVOICE.id)
        assert found == {
            "workflowId": POST_INVOICE.id,
            "name": POST_INVOICE.name,
            "description": POST_INVOICE.description,
            "published": True,
            "state": "Activated",
        }

    @pytest.mark.parametrize("missing", [[], ["componentstate"]], ids=["told", "not told"])
    def test_drafts_are_listed_where_they_are_asked_for(self, app: App, missing: list[str]) -> None:
        app.admin.change_behaviour(missing_columns=missing)
        listed = app.flows(drafts="true")["value"]
        (draft,) = (flow for flow in listed if not flow["published"])
        assert (draft["name"], draft["state"]) == (POST_CREDIT_NOTE.name, "Draft")

    @pytest.mark.parametrize("honoured", [True, False])
    def test_pages_are_followed_by_their_links_and_cost_one_call(
        self, app: App, honoured: bool
    ) -> None:
        app.admin.change_behaviour(page_size_honoured=honoured)
        found: list[str] = []
        params = {"top": "2", "code": "a key", "search": "e"}
        while True:
            page = app.flows(**params)
            found += [flow["name"] for flow in page["value"]]
            if "nextLink" not in page:
                break
            link = urlsplit(page["nextLink"])
            assert (link.scheme, link.netloc, link.path) == (
                "https",
                "broker.example",
                "/api/flows",
            )
            params = dict(parse_qsl(link.query))
            assert params["continuationToken"] == page["continuationToken"]
            assert (params["top"], params["search"], "code" in params) == ("2", "e", False)
        assert found == [name for name in NAMES if "e" in name.lower()]
        assert app.asked() == 1

    def test_a_flow_is_found_by_a_part_of_its_name(self, app: App) -> None:
        assert app.names(search="INVOICE") == [POST_INVOICE.name]
        assert app.names(search="credit") == []
        assert app.names(search="credit", drafts="true") == [POST_CREDIT_NOTE.name]

    @pytest.mark.parametrize(
        ("params", "targets"),
        [
            ({"top": "0"}, ["top"]),
            ({"top": "501", "drafts": "yes"}, ["drafts", "top"]),
            ({"search": "x" * 101}, ["search"]),
            ({"search": " "}, ["search"]),
            ({"continuationToken": "x"}, ["continuationToken"]),
            ({"filter": "x"}, ["filter"]),
        ],
        ids=str,
    )
    def test_wrong_parameters_are_told_by_name(
        self, app: App, params: dict[str, str], targets: list[str]
    ) -> None:
        details = details_of(app.call("list_flows", "flows", params))
        assert [target for target, _ in details] == targets
        assert app.asked() == 0


class TestSchemas:
    def test_both_schemas_of_a_flow_are_told_clean(self, app: App) -> None:
        found = told(app.schema(POST_INVOICE.id.upper()))
        assert found["inputs"]["properties"]["Amount"] == {"title": "Amount", "type": "number"}
        assert list(found["outputs"]["properties"]) == ["Result", "DocumentNumber"]

    @pytest.mark.parametrize(
        "no_schema", ["204", "404", "empty", "braces", "null", "no_properties"]
    )
    def test_a_flow_that_takes_nothing_has_null(self, app: App, no_schema: str) -> None:
        app.admin.change_behaviour(no_schema=no_schema)
        assert told(app.schema(RESTART_SCANNER.id)) == {"inputs": None, "outputs": None}

    @pytest.mark.parametrize("wanted", [NOBODY, "nonsense", "00000000-0000-0000-0000-000000000000"])
    def test_an_unknown_flow_is_not_found(self, app: App, wanted: str) -> None:
        assert error_of(app.schema(wanted)) == (404, "FlowNotFound")

    def test_a_schema_that_cannot_be_read_is_told_as_such(self, app: App) -> None:
        app.admin.add_fault(Fault(path="/inputs/", status=200, body="<html>", times=None))
        answer = app.schema(POST_INVOICE.id)
        assert error_of(answer) == (502, "SchemaUnreadable")
        assert "not JSON" in told(answer, 502)["error"]["message"]

    def test_the_digits_of_defaults_are_kept(self, app: App) -> None:
        body = '{"schema": {"properties": {"x": {"type": "number", "default": 1000.500}}}}'
        app.admin.add_fault(Fault(path="/inputs/", status=200, body=body))
        assert b'"default":1000.500' in app.schema(POST_INVOICE.id).get_body()


class TestConnections:
    def test_references_are_listed_with_what_keeps_them_from_being_used(self, app: App) -> None:
        found = {each["name"]: each for each in app.connections()}
        assert found[FINANCE_REFERENCE] == {
            "name": FINANCE_REFERENCE,
            "displayName": "Finance robots",
            "connectionName": FINANCE_CONNECTION,
            "connectionType": 2,
            "usable": True,
            "reason": None,
        }
        assert OTHER_REFERENCE not in found
        for name, reason in (
            (DISABLED_REFERENCE, "It is not active."),
            (UNBOUND_REFERENCE, "No connection is bound to it."),
        ):
            assert (found[name]["usable"], found[name]["reason"]) == (False, reason)

    def test_references_of_other_connectors_are_listed_on_request(self, app: App) -> None:
        (other,) = (each for each in app.connections(all="true") if each["name"] == OTHER_REFERENCE)
        assert not other["usable"]
        assert "another connector" in other["reason"]
        assert details_of(app.call("list_connections", "connections", {"all": "x", "y": "z"})) == [
            ("y", "UnknownParameter"),
            ("all", "InvalidValue"),
        ]

    def test_connections_that_were_used_are_listed_too(self, app: App) -> None:
        assert {each["connectionType"] for each in app.connections()} == {2}
        assert app.start(connectionName="shared-load-07").status_code == 202
        used = [each for each in app.connections() if each["connectionType"] == 1]
        assert used == [
            {
                "name": "shared-load-07",
                "displayName": "shared-load-07",
                "connectionName": "shared-load-07",
                "connectionType": 1,
                "usable": True,
                "reason": None,
            }
        ]


class TestRestraint:
    def test_those_who_ask_together_cost_one_call(self, app: App) -> None:
        with ThreadPoolExecutor(20) as pool:
            lists = list(pool.map(lambda _: app.names(), range(20)))
            schemas = list(pool.map(lambda _: app.schema(POST_INVOICE.id), range(20)))
        assert lists == [NAMES] * 20
        assert {answer.status_code for answer in schemas} == {200}
        assert app.asked() == 1 + 2

    def test_an_answer_is_a_minute_old_at_most(
        self, app: App, later: Callable[[float], None]
    ) -> None:
        for _ in range(3):
            app.names()
            app.connections()
            app.schema(POST_INVOICE.id)
            later(FRESH_SECONDS + 1)
        assert app.asked() == 3 * (1 + 1 + 2)

    @pytest.mark.parametrize("error", ["too_many_requests", "unauthorized"])
    def test_while_dataverse_wants_no_calls_old_answers_serve_and_others_tell_when_to_come(
        self, app: App, later: Callable[[float], None], error: Any
    ) -> None:
        app.names()
        later(FRESH_SECONDS + 1)
        again = "30" if error == "too_many_requests" else None
        app.admin.add_fault(Fault(error=error, path=EVERY_CALL, times=None, retry_after=again))
        answer = app.schema(POST_INVOICE.id)
        assert error_of(answer) == (503, "CatalogUnavailable")
        assert 1 <= int(answer.headers["Retry-After"]) <= 30
        message = told(answer, 503)["error"]["message"]
        assert {"too_many_requests": "0x80072322", "unauthorized": "401"}[error] in message
        asked = app.asked()
        assert app.names() == NAMES
        assert error_of(app.schema(RESTART_SCANNER.id)) == (503, "CatalogUnavailable")
        other = App(app.settings, app.admin)
        assert error_of(other.call("list_flows", "flows")) == (503, "CatalogUnavailable")
        assert app.asked() == asked, "nobody asks while the environment is held"

    def test_a_missing_right_is_told_with_dataverses_own_words(self, app: App) -> None:
        app.admin.change_behaviour(may_read_flows=False, may_read_references=False)
        for answer in (
            app.call("list_flows", "flows"),
            app.schema(POST_INVOICE.id),
            app.call("list_connections", "connections"),
        ):
            assert error_of(answer) == (409, "CatalogRefused")
            inner = told(answer, 409)["error"]["innererror"]
            assert (inner["code"], inner["httpStatus"]) == ("0x80040220", 403)


class TestValidatedStarts:
    def test_inputs_that_do_not_fit_are_refused_each_by_its_name(self, app: App) -> None:
        inputs = {"amount": 1, "Amount": "119", "InvoiceNumber": 7, "Currency": None}
        answer = app.start(inputs=inputs, validateInputs=True)
        assert details_of(answer) == [
            ("inputs.amount", "UnknownInput"),
            ("inputs.InvoiceNumber", "InvalidValue"),
            ("inputs.Amount", "InvalidValue"),
        ]
        (unknown, *_) = told(answer, 400)["error"]["details"]
        assert unknown["message"] == (
            "inputs.amount is not an input of this flow; did you mean 'Amount'?"
        )
        assert told(self.unchecked(app, inputs), 202)

    def unchecked(self, app: App, inputs: Json) -> func.HttpResponse:
        return app.start(inputs=inputs, validateInputs=False)

    def test_what_fits_is_accepted_and_the_check_is_no_part_of_the_run(self, app: App) -> None:
        inputs = '{"InvoiceNumber": "2026-0001", "Amount": 1234567890123456.78}'
        run = told(app.start("one", inputs=inputs, validateInputs=True), 202)
        assert "validateInputs" not in run
        again = told(app.start("one", inputs=inputs), app.start("one", inputs=inputs).status_code)
        assert again["runId"] == run["runId"]

    def test_a_burst_of_starts_costs_one_call(self, app: App) -> None:
        def start(number: int) -> object:
            inputs = {"InvoiceNumber": str(number), "Amount": number}
            return app.start(f"burst-{number}", inputs=inputs, validateInputs=True).status_code

        with ThreadPoolExecutor(20) as pool:
            assert set(pool.map(start, range(40))) == {202}
        assert app.asked() == 1

    def test_a_repeat_is_answered_from_its_key_and_asks_nothing(self, app: App) -> None:
        fields: Json = {"inputs": {"Amount": 1}, "validateInputs": True}
        run = told(app.start("one", **fields), 202)
        app.admin.add_fault(Fault(status=500, path=EVERY_CALL, times=None))
        other = App(app.settings, app.admin)
        answer = other.start("one", **fields)
        assert told(answer, answer.status_code)["runId"] == run["runId"]
        assert app.asked() == 1
        assert error_of(other.start("one", **fields, timeout=60)) == (422, "KeyReused")

    def test_while_no_schema_can_be_had_nothing_is_accepted(self, app: App) -> None:
        fault = Fault(status=503, path=EVERY_CALL, times=None)
        app.admin.add_fault(fault)
        answer = app.start("one", **WRONG)
        assert error_of(answer) == (503, "CatalogUnavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        message = json.dumps(valid_body(**WRONG)).encode()
        with pytest.raises(CatalogUnavailableError):
            app.services.ingest(message, "a message")
        app.admin.clear_faults()
        healed = App(app.settings, app.admin)
        assert details_of(healed.start("one", **WRONG)) == [("inputs.Amount", "InvalidValue")]

    def test_an_unknown_flow_is_a_fault_of_its_id(self, app: App) -> None:
        answer = app.start(workflowId=NOBODY, validateInputs=True)
        assert details_of(answer) == [("workflowId", "FlowNotFound")]

    def test_a_draft_is_checked_by_its_own_schema(self, app: App) -> None:
        """Whether Dataverse runs drafts is documented nowhere: it is left to it."""
        fields: Json = {"workflowId": POST_CREDIT_NOTE.id, "validateInputs": True}
        assert app.start(**fields, inputs={"InvoiceNumber": "1"}).status_code == 202
        answer = app.start(**fields, inputs={"invoicenumber": "1"})
        assert details_of(answer) == [("inputs.invoicenumber", "UnknownInput")]

    @pytest.mark.parametrize("no_schema", ["204", "404", "empty", "braces", "null"])
    def test_a_flow_of_which_no_schema_is_told_refuses_nothing(
        self, app: App, no_schema: str
    ) -> None:
        app.admin.change_behaviour(no_schema=no_schema)
        fields: Json = {"workflowId": RESTART_SCANNER.id, "validateInputs": True}
        assert app.start(**fields, inputs={"Any": 1}).status_code == 202

    def test_a_flow_that_says_that_it_has_no_inputs_takes_none(self, app: App) -> None:
        app.admin.change_behaviour(no_schema="no_properties")
        fields: Json = {"workflowId": RESTART_SCANNER.id, "validateInputs": True}
        assert app.start(**fields, inputs={}).status_code == 202
        answer = app.start(**fields, inputs={"Any": 1})
        assert details_of(answer) == [("inputs.Any", "UnknownInput")]

    @pytest.mark.parametrize("types", ["named", "string", "absent"])
    def test_inputs_of_each_type_pass(self, app: App, types: str) -> None:
        app.admin.change_behaviour(undocumented_types=types)
        inputs = {
            "Name": "Contoso",
            "CreditLimit": 1000.50,
            "PortalPassword": "secret",
            "Address": '{"City": "Köln"}',
            "Contacts": '["a@contoso.example"]',
            "ValidFrom": "2026-12-01T00:00:00Z",
            "Preferred": "true",
        }
        answer = app.start(workflowId=REGISTER_SUPPLIER.id, inputs=inputs, validateInputs=True)
        assert answer.status_code == 202

    def test_a_mandatory_input_is_missed_where_the_schema_says_so(self, app: App) -> None:
        fields: Json = {"workflowId": REGISTER_SUPPLIER.id, "validateInputs": True}
        assert app.start(**fields).status_code == 202
        app.admin.change_behaviour(mandatory_as="list")
        details = details_of(App(app.settings, app.admin).start(**fields))
        assert details == [
            ("inputs.Name", "MissingField"),
            ("inputs.PortalPassword", "MissingField"),
        ]

    def test_storage_that_fails_is_no_matter_of_the_catalog(
        self, app: App, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What holds is not known then, and Dataverse is asked."""

        def fail(*_: object) -> None:
            raise StorageUnavailableError("no answer")

        monkeypatch.setattr("shared.storage.environment.EnvironmentTable.hold", fail)
        assert app.names() == NAMES

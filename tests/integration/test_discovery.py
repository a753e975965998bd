"""What can be run, as callers ask for it: the functions of HTTP over the emulator, call by call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import (
    DISABLED_REFERENCE,
    FINANCE_CONNECTION,
    FINANCE_REFERENCE,
    OTHER_REFERENCE,
    POST_CREDIT_NOTE,
    POST_INVOICE,
    RESTART_SCANNER,
    UNBOUND_REFERENCE,
    WORKFLOWS,
)
from local.emulator.faults import EVERY_CALL, Fault
from local.parts import Azurite, Emulator
from shared.runtime import SystemClock
from shared.services import hold
from shared.services.reading.catalog_answers import FRESH_SECONDS
from shared.storage.table import StorageUnavailableError
from tests.support.discovery import NOBODY, App, details_of, discovery, error_of, told

NAMES = sorted(flow.name for flow in WORKFLOWS.values())


@pytest.fixture
def app(azurite: Azurite, emulator: Emulator, admin: EmulatorAdmin) -> Iterator[App]:
    with discovery(azurite, emulator, admin) as made:
        yield made


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

    def test_one_kind_alone_is_listed_on_request(self, app: App) -> None:
        """A picker offers what fits the type that is chosen beside it."""
        assert app.start(connectionName="shared-load-07").status_code == 202
        references = [each["name"] for each in app.connections(connectionType="2")]
        assert FINANCE_REFERENCE in references
        assert "shared-load-07" not in references
        before = app.asked()
        assert [each["name"] for each in app.connections(connectionType="1")] == ["shared-load-07"]
        assert app.asked() == before, "Dataverse has no list of connections"
        wrong = app.call("list_connections", "connections", {"connectionType": "3"})
        assert details_of(wrong) == [("connectionType", "InvalidValue")]


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
        self,
        app: App,
        later: Callable[[float], None],
        monkeypatch: pytest.MonkeyPatch,
        error: Any,
    ) -> None:
        monkeypatch.setattr(hold, "REFUSED_MS", 60_000)  # so that no machine is too slow for it
        app.names()
        later(FRESH_SECONDS + 1)
        again = "300" if error == "too_many_requests" else None
        app.admin.add_fault(Fault(error=error, path=EVERY_CALL, times=None, retry_after=again))
        answer = app.schema(POST_INVOICE.id)
        assert error_of(answer) == (503, "CatalogUnavailable")
        assert 5 < int(answer.headers["Retry-After"]) <= 300
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

    def test_storage_that_fails_is_no_matter_of_the_catalog(
        self, app: App, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What holds is not known then, and Dataverse is asked."""

        def fail(*_: object) -> None:
            raise StorageUnavailableError("no answer")

        monkeypatch.setattr("shared.storage.environment.EnvironmentTable.hold", fail)
        assert app.names() == NAMES

"""The query of `GET runs`: each parameter checked, every fault told, and pages linked."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import azure.functions as func
import pytest

from local.host.invocation import InvocationContext
from shared.domain.instants import to_iso
from shared.domain.run import RunStatus
from shared.triggers import runs
from shared.triggers.addresses import Addresses
from shared.triggers.provider import Services
from tests.support.listing import FLOWS, Lists
from tests.support.runs import NOW


@pytest.fixture
def app() -> Lists:
    made = Lists()
    for number in range(5):
        made.add(number % 2, NOW + number, correlation_id="a,b & c", workflow_id=FLOWS[0])
    return made


def get(app: Lists, query: str) -> func.HttpResponse:
    functions = func.FunctionApp()
    services = cast("Services", SimpleNamespace(list_runs=app.list))
    functions.register_functions(runs.blueprint(lambda: services, Addresses()))
    named = {each.get_function_name(): each for each in functions.get_functions()}
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query):  # as the host hands them over
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    url = f"http://127.0.0.1/api/runs?{query}"
    request = func.HttpRequest("GET", url, params=joined, body=b"")
    answer: func.HttpResponse = named["list_runs"].get_user_function()(
        request, InvocationContext("an id", "list_runs", "")
    )
    return answer


def test_pages_are_linked_with_all_that_was_asked_for_but_the_key(app: Lists) -> None:
    asked = {
        "correlationId": "a,b & c",
        "workflowId": "{8F6C1D52-0000-0000-0000-000000000000}",
        "createdAfter": to_iso(NOW),
        "createdBefore": to_iso(NOW + 60_000),
        "status": "Queued,Running",
        "needsOperator": "false",
        "top": "3",
    }
    body = json.loads(get(app, urlencode(asked | {"code": "a-key"})).get_body())
    listed = [run["runId"] for run in body["value"]]
    link = urlsplit(body["nextLink"])
    given_ = dict(parse_qsl(link.query))
    assert given_.pop("continuationToken") == body["continuationToken"]
    assert given_ == asked
    assert body["nextLink"].startswith("http://127.0.0.1/api/runs?")
    body = json.loads(get(app, link.query).get_body())
    listed += [run["runId"] for run in body["value"]]
    assert listed == [run.id for run in reversed(app.made[1:])]
    assert (body["nextLink"], body["continuationToken"]) == (None, None)


@pytest.mark.parametrize(
    "query",
    ["status=Queued&status=Failed", "status=Queued,Failed", "status=Failed,%20Queued,Failed"],
)
def test_several_states_may_be_given_either_way(app: Lists, query: str) -> None:
    app.add(0, NOW + 90, status=RunStatus.FAILED)
    app.add(0, NOW + 91, status=RunStatus.SUCCEEDED)
    body = json.loads(get(app, query).get_body())
    assert len(body["value"]) == 6


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("status=Gone", "status"),
        ("status=Queued,", "status"),
        ("status=queued", "status"),
        ("workflowId=7", "workflowId"),
        (f"correlationId={'x' * 101}", "correlationId"),
        (f"connectionName={'x' * 1001}", "connectionName"),
        ("createdAfter=yesterday", "createdAfter"),
        ("createdBefore=1969-01-01", "createdBefore"),
        ("createdAfter=2026-11-24&createdBefore=2026-11-24", "createdBefore"),
        ("idempotencyKey=%09", "idempotencyKey"),
        ("needsOperator=yes", "needsOperator"),
        ("top=0", "top"),
        ("top=501", "top"),
        ("top=1.0", "top"),
        ("continuationToken=made-up", "continuationToken"),
        ("continuationToken=%C3%A4", "continuationToken"),
        ("colour=red", "colour"),
        ("colour=", "colour"),
        ("status=", "status"),
        ("correlationId=&top=5", "correlationId"),
    ],
)
def test_a_fault_is_told_with_its_parameter(app: Lists, query: str, target: str) -> None:
    answer = get(app, query)
    assert answer.status_code == 400
    details = json.loads(answer.get_body())["error"]["details"]
    assert [each["target"] for each in details] == [target]


def test_all_faults_are_told_at_once(app: Lists) -> None:
    query = "top=0&status=Gone&colour=red&needsOperator=2&continuationToken=x&workflowId="
    details = json.loads(get(app, query).get_body())["error"]["details"]
    assert {each["target"] for each in details} == {
        "top",
        "status",
        "colour",
        "needsOperator",
        "continuationToken",
        "workflowId",
    }


@pytest.mark.parametrize("plus", ["%2B", "+", "%20"])
def test_a_time_with_an_offset_is_read_though_its_plus_came_as_a_blank(
    app: Lists, plus: str
) -> None:
    """Whoever puts an address together by hand writes +, which means a blank."""
    answer = get(app, f"createdAfter=2026-11-24T17:00:00{plus}01:00")
    assert answer.status_code == 200


@pytest.mark.parametrize("written", ["true", "True", "TRUE"])
def test_a_switch_is_read_as_others_write_it(app: Lists, written: str) -> None:
    """Power Platform and Python write True."""
    assert json.loads(get(app, f"needsOperator={written}").get_body())["value"] == []


@pytest.mark.parametrize(
    "name", ["\u8acb\u3000\u767b", "\u06cc\u200c\u062e", "\U0001f469\u200d\U0001f4bb"]
)
def test_texts_hold_what_their_scripts_are_written_with(app: Lists, name: str) -> None:
    """The wide blank of Japanese, and the joiners of Persian and of emoji."""
    assert get(app, urlencode({"correlationId": name})).status_code == 200

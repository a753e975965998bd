"""Thousands of hostile requests and messages: none is accepted, none is lost, none is 500.

The calls are those of the description: one that is added is called here without another word.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any
from unittest.mock import patch

import azure.functions as func
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.host.invocation import InvocationContext
from local.parts import Azurite
from shared.api.calls import CALLS
from shared.api.operations import Operation
from shared.composition import compose
from shared.domain.keyed import KEY_FIELD
from shared.domain.request import START
from shared.first_use import AtFirstUse
from shared.services.starting.ingest import Ingest
from shared.settings import read
from shared.triggers.provider import Services
from tests.support.described_functions import http_functions, the_app
from tests.support.hostile import (
    Hostile,
    Requests,
    hostile_bodies,
    hostile_in_body,
    hostile_in_parameters,
    hostile_in_path,
)

MANY, SOME = 2_500, 300
HOSTILE_STARTS = hostile_bodies(START, KEY_FIELD)
NOTHING_TO_GET_WRONG = {
    "GetDiagnostics",
    "GetHealth",
    "ListSubscriptions",
    "ListLanes",
    "GetAttention",
}

Function = Callable[[Operation, Hostile], func.HttpResponse]


def each(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def of_calls(make: Callable[[Operation], Requests | None]) -> pytest.MarkDecorator:
    """Have a test run for each call that there are such requests of."""
    found = [(call, requests) for call in CALLS if (requests := make(call)) is not None]
    return pytest.mark.parametrize(("call", "requests"), found, ids=[call.id for call, _ in found])


class Rejected:
    """What would be sent to the queue of rejected messages."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def send(self, text: str) -> None:
        assert len(text.encode()) <= 48 * 1024, "a message has room for 48 KiB before base64"
        self.texts.append(text)


@pytest.fixture(scope="module")
def services(azurite: Azurite) -> Services:
    """The real services on a table of their own, so that what is accepted would be found."""
    environ = {
        "DATAVERSE_URL": "http://127.0.0.1:9",
        "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
        "RUN_STORAGE": azurite.connection_string,
        "RUN_TABLE": "HostileRequests",
    }
    return compose(read(environ))


@pytest.fixture(scope="module")
def answer(services: Services) -> Iterator[Function]:
    """The app's own functions, called as the host calls them."""
    with the_app() as app, patch.object(AtFirstUse, "__call__", lambda _: services):
        functions = {function.name: function for function in http_functions(app)}

        def call(called: Operation, request: Hostile) -> func.HttpResponse:
            context = InvocationContext("an id", called.function, "")
            function = functions[called.function]

            def made() -> Any:
                found = function.call(request.to(called), context)
                return asyncio.run(found) if inspect.iscoroutine(found) else found

            answered: func.HttpResponse = copy_context().run(made)
            return answered

        yield call


@pytest.fixture(autouse=True)
def nothing_is_accepted(services: Services) -> Iterator[None]:
    yield
    assert services.lanes.lanes.ids() == []
    assert services.subscriptions() == []


def error_of(answered: func.HttpResponse) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(answered.get_body())["error"]
    assert error["code"]
    assert error["message"]
    return error


@of_calls(hostile_in_body)
@each(SOME)
@given(data=st.data())
def test_a_hostile_body_is_refused_with_its_faults(
    answer: Function, call: Operation, requests: Requests, data: st.DataObject
) -> None:
    answered = answer(call, data.draw(requests))
    assert answered.status_code in (400, 413)
    details = error_of(answered)["details"]
    assert details
    assert all(detail["target"] and detail["message"] for detail in details)


@of_calls(hostile_in_parameters)
@each(SOME)
@given(data=st.data())
def test_a_hostile_parameter_is_refused_by_its_name(
    answer: Function, call: Operation, requests: Requests, data: st.DataObject
) -> None:
    request = data.draw(requests)
    answered = answer(call, request)
    assert answered.status_code == 400
    (wrong,) = request.query or [name for name in request.headers if name == "Idempotency-Key"]
    assert {detail["target"] for detail in error_of(answered)["details"]} == {wrong}


@of_calls(hostile_in_path)
@each(SOME)
@given(data=st.data())
def test_a_hostile_path_leads_nowhere(
    answer: Function, call: Operation, requests: Requests, data: st.DataObject
) -> None:
    answered = answer(call, data.draw(requests))
    assert answered.status_code == 404
    assert error_of(answered)["code"].endswith("NotFound")


def test_each_call_that_takes_anything_is_called() -> None:
    made = (hostile_in_body, hostile_in_parameters, hostile_in_path)
    left = {call.id for call in CALLS if all(make(call) is None for make in made)}
    assert left == NOTHING_TO_GET_WRONG


@each(MANY)
@given(content=HOSTILE_STARTS)
def test_a_hostile_start_is_refused_with_its_faults(answer: Function, content: bytes) -> None:
    (call,) = [call for call in CALLS if call.id == "StartRun"]
    answered = answer(call, Hostile({}, {}, content))
    assert answered.status_code in (400, 413)
    assert error_of(answered)["details"]


@each(MANY)
@given(contents=st.lists(HOSTILE_STARTS, min_size=1, max_size=3))
def test_hostile_starts_of_a_batch_are_each_refused_with_their_faults(
    answer: Function, contents: list[bytes]
) -> None:
    """A batch that is no JSON is refused as a whole."""
    (call,) = [call for call in CALLS if call.id == "StartBatch"]
    answered = answer(call, Hostile({}, {}, b'{"runs":[%s]}' % b",".join(contents)))
    told = json.loads(answered.get_body())
    if answered.status_code == 200:
        assert {item["status"] for item in told["value"]} <= {400, 413}
        errors = [item["error"] for item in told["value"]]
    else:
        assert answered.status_code in (400, 413)
        errors = [told["error"]]
    assert errors
    assert all(error["details"] for error in errors)


@each(MANY)
@given(content=HOSTILE_STARTS)
def test_a_hostile_message_is_given_back_with_its_text(services: Services, content: bytes) -> None:
    rejected = Rejected()
    Ingest(services.start, rejected)(content, "2b1c1f3e-0000-4000-8000-000000000001")
    parts = [json.loads(text) for text in rejected.texts]
    assert parts
    assert all(part["reasons"] for part in parts)
    original = "".join(part["originalText"] for part in parts)
    assert original == content.decode("utf-8", "backslashreplace")

"""Keys that may only read: the app's edge knows them, and nothing that acts is called with one."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any
from unittest.mock import patch

import azure.functions as func
import pytest

from local.host.invocation import InvocationContext
from shared.api.calls import CALLS
from shared.api.operations import Operation
from shared.domain.codes.operators import READ_ONLY
from shared.triggers import access
from shared.triggers.access import Access, access_of
from tests.support.described_functions import SETTINGS, failing, http_functions, the_app

LOOKS, ACTS = "a key that looks", "a key that acts"
DIGEST = hashlib.sha256(LOOKS.encode()).hexdigest()
ADDRESS = "https://broker.example.org/api/runs"
ACTING = [call for call in CALLS if call.method != "GET"]
READING = [call for call in CALLS if call.method == "GET"]


@pytest.fixture
def known() -> Iterator[None]:
    access.let_only_read(frozenset({DIGEST}))
    yield
    access.let_only_read(frozenset())


def request(
    *, method: str = "POST", query: str = "", header: str | None = None, **params: str
) -> func.HttpRequest:
    headers = {} if header is None else {"X-Functions-Key": header}
    return func.HttpRequest(method, f"{ADDRESS}{query}", headers=headers, params=params, body=b"")


@pytest.mark.parametrize(
    "req",
    [
        request(header=LOOKS),
        request(header=f" {LOOKS} "),
        request(header=f"{LOOKS},{ACTS}"),
        request(header=ACTS, code=LOOKS),
        request(code=LOOKS),
        request(CODE=LOOKS),
        request(code=f"{ACTS},{LOOKS}"),
        request(query="?Code=a%20key%20that%20looks"),
        request(query="?c%6fde=a+key+that+looks"),
        request(query=f"?code={ACTS}&code=a+key+that+looks"),
    ],
)
@pytest.mark.usefixtures("known")
def test_a_key_is_known_wherever_the_host_might_look_for_it(req: func.HttpRequest) -> None:
    """The host takes the first value of a parameter in any case: no spelling may open more."""
    assert access_of(req) is Access.READ_ONLY


@pytest.mark.parametrize("req", [request(), request(header=ACTS), request(code=ACTS, other=LOOKS)])
@pytest.mark.usefixtures("known")
def test_any_other_key_may_act(req: func.HttpRequest) -> None:
    assert access_of(req) is Access.FULL


def test_without_the_setting_every_key_may_act() -> None:
    assert access_of(request(header=LOOKS)) is Access.FULL


def answer_with(key: str, call: Operation) -> func.HttpResponse:
    """Call a function of the app with a key; what it comes to is an error of its services."""
    settings = SETTINGS | {"READ_ONLY_KEYS": DIGEST.upper()}
    with patch.dict(SETTINGS, settings), the_app() as app, failing(ReachedError()):
        (function,) = [each for each in http_functions(app) if each.name == call.function]
        context = InvocationContext("an id", call.function, "")
        parts = {"runId": "r", "laneId": "l", "signature": "s", "workflowId": "w", "id": "i"}
        req = func.HttpRequest(
            call.method, ADDRESS, headers={access.KEY_HEADER: key}, route_params=parts, body=b"{}"
        )

        def made() -> Any:
            found = function.call(req, context)
            return asyncio.run(found) if inspect.iscoroutine(found) else found

        answer: func.HttpResponse = copy_context().run(made)
        return answer


class ReachedError(Exception):
    """A function was called."""


@pytest.mark.parametrize("call", ACTING, ids=lambda call: call.id)
def test_every_call_that_acts_is_refused_to_it_before_anything_else(call: Operation) -> None:
    """One place for all calls: none that is added later can be forgotten."""
    answer = answer_with(LOOKS, call)
    error = json.loads(answer.get_body())["error"]
    assert (answer.status_code, error["code"]) == (403, READ_ONLY.name)
    assert READ_ONLY in call.codes
    assert answer_with(ACTS, call).status_code != READ_ONLY.status


@pytest.mark.parametrize("call", READING, ids=lambda call: call.id)
def test_every_call_that_reads_is_open_to_it(call: Operation) -> None:
    assert answer_with(LOOKS, call).status_code != READ_ONLY.status
    assert READ_ONLY not in call.codes

"""The app's functions of HTTP, called in this process with services that do as a test says."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any
from unittest.mock import patch

import azure.functions as func

from local.host.functions import HttpFunction, read_functions
from local.host.invocation import InvocationContext
from shared.api.operations import Operation, Where
from shared.first_use import AtFirstUse, Doctor

SETTINGS = {
    "DATAVERSE_URL": "https://org.example.org",
    "CALLBACK_SIGNING_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "RUN_STORAGE": "UseDevelopmentStorage=true",
    "CALLBACK_BASE_URL": "https://broker.example.org",
}


class Failing:
    """Services of which every verb raises an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise self._error


@contextmanager
def the_app() -> Iterator[Any]:
    """Import the app anew, with settings of its own."""
    with patch.dict("os.environ", SETTINGS):
        sys.modules.pop("function_app", None)
        try:
            yield importlib.import_module("function_app")
        finally:
            sys.modules.pop("function_app", None)


@contextmanager
def failing(error: Exception) -> Iterator[None]:
    """Have every verb of the services raise an error, and the doctor."""
    services = Failing(error)
    with (
        patch.object(AtFirstUse, "__call__", lambda _: services),
        patch.object(Doctor, "__call__", lambda _: services()),
    ):
        yield


def http_functions(app: Any) -> list[HttpFunction]:
    return [each for each in read_functions(app.app) if isinstance(each, HttpFunction)]


def answer_of(call: Operation, error: Exception) -> func.HttpResponse:
    """Make a valid request of a call, whose services raise `error`."""
    with the_app() as app, failing(error):
        (function,) = [each for each in http_functions(app) if each.name == call.function]
        context = InvocationContext("an id", call.function, "")
        request = _request(call, app)

        def made() -> Any:
            found = function.call(request, context)
            return asyncio.run(found) if inspect.iscoroutine(found) else found

        answer: func.HttpResponse = copy_context().run(made)
        return answer


def _request(call: Operation, app: Any) -> func.HttpRequest:
    body = b""
    if call.body is not None:
        fields = {field.name: field.example for field in call.body.fields if field.required}
        body = json.dumps(fields).encode()
    elif call.function == "callback":
        body = b'{"flowsessionid": "d9687093-d0c0-ec11-983e-000d3a9b1f58"}'
    parts = {each.name: str(each.example) for each in call.parameters if each.where is Where.PATH}
    if "signature" in parts:
        parts |= _signed(call, app, parts)
    headers = {each.name: str(each.example) for each in call.parameters if each.required}
    path = call.path.format(**parts)
    return func.HttpRequest(
        call.method,
        f"https://broker.example.org/api/{path}",
        headers=headers,
        route_params=parts,
        body=body,
    )


def _signed(call: Operation, app: Any, parts: dict[str, str]) -> dict[str, str]:
    """Sign the address of an anonymous call, as the app does that gives it out."""
    settings = app._settings
    kind = call.path.partition("/")[0]
    if kind == "callbacks":
        return {"signature": settings.policy.signer.sign(parts["runId"])}
    made = settings.location_signer.path(kind, parts["id"])
    return {"signature": made.rpartition("/")[2]}

"""Calls of engines, made of the functions themselves, with services that a test holds."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any, cast

import azure.functions as func

from local.host.invocation import InvocationContext
from shared.domain.locations import LocationSigner
from shared.triggers import subscriptions, waits
from shared.triggers.addresses import Addresses
from shared.triggers.provider import Provider
from tests.support.services import ENVIRONMENT, KEY

BASE = "https://broker.example.org"
URL = "https://prod-1.engine.example.org:443/workflows/a/run?sp=%2Frun&sig=hush-hush"
SIGNER = LocationSigner(ENVIRONMENT, (KEY,))
START = {
    "workflowId": "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
    "connectionName": "shared-finance-01",
    "runMode": "unattended",
}
Answered = func.HttpResponse
App = dict[str, Callable[..., Answered]]


async def settled(_: float) -> None:
    """Let no time pass: nobody else is here who might tell of an end."""


def functions(provider: Provider) -> App:
    app = func.FunctionApp()
    app.register_functions(waits.blueprint(provider, Addresses(BASE), SIGNER))
    app.register_functions(subscriptions.blueprint(provider, Addresses(BASE), SIGNER, settled))
    return {
        each.get_function_name() or "": each.get_user_function() for each in app.get_functions()
    }


def call(
    found: App,
    name: str,
    body: Any = None,
    *,
    key: str | None = None,
    route: dict[str, str] | None = None,
) -> Answered:
    request = func.HttpRequest(
        "POST",
        f"{BASE}/api/x",
        headers={} if key is None else {"Idempotency-Key": key},
        route_params=route or {},
        body=json.dumps(body).encode(),
    )
    answer: Any = found[name](request, InvocationContext("an id", name, ""))
    return cast("Answered", asyncio.run(answer) if inspect.iscoroutine(answer) else answer)


def route_of(location: str) -> dict[str, str]:
    """Read what the host reads from an address."""
    assert location.startswith(f"{BASE}/api/")
    _, name, signature = location.removeprefix(f"{BASE}/api/").split("/")
    return {"id": name, "signature": signature}


def content(answer: Answered) -> Any:
    return json.loads(answer.get_body())

"""The functions of discovery and of starting, called in this process over parts of their own."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import azure.functions as func
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.host.invocation import InvocationContext
from local.parts import Azurite, Emulator, settings_for
from shared.composition import compose
from shared.settings import read
from shared.triggers import catalog, runs
from shared.triggers.addresses import Addresses
from tests.support.broker import Json, valid_body

API = "/api/data"
NOBODY = "6e0b1c5e-0000-4000-8000-000000000000"


@dataclass
class App:
    """The functions of an instance that has asked for nothing yet."""

    settings: dict[str, str]
    admin: EmulatorAdmin

    def __post_init__(self) -> None:
        self.services = compose(read(self.settings))
        app = func.FunctionApp()
        app.register_functions(catalog.blueprint(lambda: self.services, Addresses()))
        app.register_functions(runs.blueprint(lambda: self.services, Addresses()))
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


@contextmanager
def discovery(azurite: Azurite, emulator: Emulator, admin: EmulatorAdmin) -> Iterator[App]:
    settings = settings_for(azurite, emulator, RUN_TABLE=f"Discovery{uuid.uuid4().hex}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.identity_environment.items():
            patch.setenv(name, value)
        yield App(settings, admin)

"""The Web API: which address means what, and what Dataverse answers there."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.emulator.catalogue import (
    APPLICATION_USER_ID,
    BUSINESS_UNIT_ID,
    ORGANIZATION_ID,
    REFERENCES,
    WORKFLOWS,
    Parameter,
)
from local.emulator.environment import Environment
from local.emulator.errors import BAD_ACTION, WebApiError, missing_privilege, not_found
from local.emulator.flow_session import FLOW_SESSIONS, FlowSession, row_of
from local.emulator.query import Table, page, page_size, read_query, selected, sorted_rows

PREFIX = "/api/data/v9.2/"
ID = r"\(([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)"
ACTION = r"/Microsoft\.Dynamics\.CRM\."
RUN_DESKTOP_FLOW = re.compile(rf"{re.escape(PREFIX)}workflows{ID}{ACTION}RunDesktopFlow")
NO_CONTENT, PARTIAL_CONTENT = 204, 206
IMPERSONATION = ("CallerObjectId", "MSCRMCallerID")

WORKFLOW_TABLE = Table(
    "workflows",
    "workflowid",
    {
        "workflowid": "guid",
        "name": "text",
        "category": "number",
        "statecode": "number",
        "statuscode": "number",
        "_ownerid_value": "guid",
    },
)
REFERENCE_TABLE = Table(
    "connectionreferences",
    "connectionreferenceid",
    {
        "connectionreferenceid": "guid",
        "connectionreferencelogicalname": "text",
        "connectionreferencedisplayname": "text",
        "connectorid": "text",
        "connectionid": "text",
        "statecode": "number",
    },
)


@dataclass(frozen=True)
class Call:
    """A request to the Web API; `ids` are those in its path."""

    request: Request
    arrived_ms: int
    ids: tuple[str, ...]

    @property
    def base(self) -> str:
        return f"{origin(self.request)}{PREFIX.rstrip('/')}"

    @property
    def query_string(self) -> str:
        return str(self.request.url.query)


class WebApi:
    """Answers calls that were let through; raises WebApiError."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._routes: list[tuple[str, re.Pattern[str], Callable[[Call], Awaitable[Response]]]] = [
            (method, re.compile(pattern), handler)
            for method, pattern, handler in (
                ("POST", rf"workflows{ID}{ACTION}RunDesktopFlow", self._run),
                ("GET", rf"flowsessions{ID}", self._session),
                ("GET", "flowsessions", self._sessions),
                ("GET", rf"flowsessions{ID}/(inputs|outputs)/\$value", self._file),
                ("POST", rf"flowsessions{ID}{ACTION}CancelDesktopFlowRun", self._cancel),
                (
                    "POST",
                    rf"flowsessions{ID}{ACTION}TriggerDesktopFlowRunCallback",
                    self._call_back,
                ),
                ("GET", "workflows", self._workflows),
                ("GET", rf"workflows{ID}", self._workflow),
                ("GET", rf"workflows{ID}/(inputs|outputs)/\$value", self._schema),
                ("GET", "connectionreferences", self._references),
                ("GET", "WhoAmI(?:\\(\\))?", self._who_am_i),
            )
        ]

    async def answer(self, request: Request, arrived_ms: int) -> Response:
        """Answer a call; 404 for what is no address of the emulated Web API."""
        path = request.url.path.removeprefix(PREFIX)
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match and method == request.method:
                return await handler(Call(request, arrived_ms, match.groups()))
        message = f"Resource not found for the segment '{path}'."
        raise WebApiError(404, "0x8006088a", message)

    async def _run(self, call: Call) -> Response:
        environment, behaviour = self._environment, self._environment.behaviour
        if not behaviour.may_trigger:
            raise missing_privilege("prvCreateflowsession", APPLICATION_USER_ID)
        for header in IMPERSONATION:
            if header in call.request.headers:
                message = f"{header}: impersonation is not supported"
                raise WebApiError(400, BAD_ACTION, message)
        body = await call.request.body()
        context = f"{call.base}/$metadata#Microsoft.Dynamics.CRM.RunDesktopFlowResponse"
        response = environment.runs.run(call.ids[0].lower(), body, call.arrived_ms, context)
        await environment.gates.answers.passed()
        if behaviour.answer_ms:
            await asyncio.sleep(behaviour.answer_ms / 1000)
        return response

    async def _session(self, call: Call) -> Response:
        query = read_query(call.query_string, FLOW_SESSIONS)
        row = selected(row_of(self._readable(call)), query, FLOW_SESSIONS)
        context = f"{call.base}/$metadata#flowsessions/$entity"
        return JSONResponse({"@odata.context": context} | row)

    async def _sessions(self, call: Call) -> Response:
        self._check_reading()
        query = read_query(call.query_string, FLOW_SESSIONS)
        now = self._environment.clock.now_ms()
        rows = self._environment.sessions.rows(query.condition, now)
        return self._page(call, FLOW_SESSIONS, rows)

    async def _file(self, call: Call) -> Response:
        session = self._readable(call)
        content = session.inputs if call.ids[1] == "inputs" else session.outputs
        if content is None:
            as_what = self._environment.behaviour.no_outputs
            if as_what == "404":
                raise not_found("flowsession file", session.id)
            return Response(status_code=NO_CONTENT if as_what == "204" else 200)
        return Response(content, media_type="application/octet-stream")

    async def _cancel(self, call: Call) -> Response:
        environment, behaviour = self._environment, self._environment.behaviour
        if not behaviour.may_cancel_sessions:
            raise missing_privilege("prvWriteflowsession", APPLICATION_USER_ID)
        session = environment.sessions.visible(call.ids[0], environment.clock.now_ms())
        if not session.finished:
            environment.machines.cancel(session)
        elif behaviour.cancel_of_finished == "error":
            raise WebApiError(400, BAD_ACTION, "The desktop flow run is not in progress.")
        return Response(status_code=NO_CONTENT)

    async def _call_back(self, call: Call) -> Response:
        session = self._readable(call)
        if session.notify_url is None:
            raise WebApiError(400, BAD_ACTION, "The desktop flow run has no callback URL.")
        delivery = await self._environment.callbacks.send(session, session.notify_url)
        context = (
            f"{call.base}/$metadata#Microsoft.Dynamics.CRM.TriggerDesktopFlowRunCallbackResponse"
        )
        return JSONResponse(
            {"@odata.context": context, "callbackHttpResponseCode": delivery.status}
        )

    async def _workflows(self, call: Call) -> Response:
        return self._page(call, WORKFLOW_TABLE, [flow.row() for flow in WORKFLOWS.values()])

    async def _workflow(self, call: Call) -> Response:
        query = read_query(call.query_string, WORKFLOW_TABLE)
        workflow_id = call.ids[0].lower()
        if workflow_id not in WORKFLOWS:
            raise not_found("workflow", workflow_id)
        row = selected(WORKFLOWS[workflow_id].row(), query, WORKFLOW_TABLE)
        context = f"{call.base}/$metadata#workflows/$entity"
        return JSONResponse({"@odata.context": context} | row)

    async def _schema(self, call: Call) -> Response:
        workflow = WORKFLOWS.get(call.ids[0].lower())
        if workflow is None:
            raise not_found("workflow", call.ids[0])
        parameters = workflow.inputs if call.ids[1] == "inputs" else workflow.outputs
        return Response(json.dumps(_schema(parameters)), media_type="application/octet-stream")

    async def _references(self, call: Call) -> Response:
        return self._page(call, REFERENCE_TABLE, [reference.row() for reference in REFERENCES])

    async def _who_am_i(self, call: Call) -> Response:
        return JSONResponse({
            "@odata.context": f"{call.base}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
            "BusinessUnitId": BUSINESS_UNIT_ID,
            "UserId": APPLICATION_USER_ID,
            "OrganizationId": ORGANIZATION_ID,
        })  # fmt: skip

    def _page(self, call: Call, table: Table, rows: list[dict[str, Any]]) -> Response:
        query = read_query(call.query_string, table)
        if query.condition is not None:
            rows = [row for row in rows if query.condition.holds(row)]
        size = page_size(
            call.request.headers.get("prefer"), self._environment.behaviour.largest_page
        )
        ordered = sorted_rows(rows, query, table)
        return JSONResponse(
            page(ordered, query, table, size=size, base=call.base, query_string=call.query_string)
        )

    def _readable(self, call: Call) -> FlowSession:
        self._check_reading()
        return self._environment.sessions.visible(call.ids[0], self._environment.clock.now_ms())

    def _check_reading(self) -> None:
        if not self._environment.behaviour.may_read_sessions:
            raise missing_privilege("prvReadflowsession", APPLICATION_USER_ID)


def origin(request: Request) -> str:
    """Return the address that the caller reached: scheme, host and port."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _schema(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    properties = {parameter.name: parameter.schema() for parameter in parameters}
    return {"schema": {"type": "object", "properties": properties}}

"""The Web API: which address means what, and what Dataverse answers there."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from local.emulator.call import PREFIX, Call
from local.emulator.catalogue import (
    APPLICATION_USER_ID,
    BUSINESS_UNIT_ID,
    ORGANIZATION_ID,
    WORKFLOWS,
    Workflow,
)
from local.emulator.environment import Environment
from local.emulator.errors import BAD_ACTION, WebApiError, missing_privilege, not_found
from local.emulator.json_answer import JsonAnswer
from local.emulator.query import Table
from local.emulator.run_call import run_call
from local.emulator.session_calls import SessionCalls

ID = r"\(([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)"
ACTION = r"/Microsoft\.Dynamics\.CRM\."
FILE = r"/(inputs|outputs)/\$value"
RUN_DESKTOP_FLOW = re.compile(rf"{re.escape(PREFIX)}workflows{ID}{ACTION}RunDesktopFlow")
IMPERSONATION = ("CallerObjectId", "MSCRMCallerID")
NO_SUCH_SEGMENT = "0x8006088a"

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


class WebApi:
    """Answers calls that were let through; raises WebApiError."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        sessions = SessionCalls(environment)
        handlers: dict[tuple[str, str], Callable[[Call], Awaitable[Response]]] = {
            ("POST", f"workflows{ID}{ACTION}RunDesktopFlow"): self._run,
            ("GET", f"flowsessions{ID}"): sessions.one,
            ("GET", "flowsessions"): sessions.many,
            ("GET", f"flowsessions{ID}{FILE}"): sessions.file,
            ("POST", f"flowsessions{ID}{ACTION}CancelDesktopFlowRun"): sessions.cancel,
            ("POST", f"flowsessions{ID}{ACTION}TriggerDesktopFlowRunCallback"): sessions.call_back,
            ("GET", "workflows"): self._workflows,
            ("GET", f"workflows{ID}"): self._workflow,
            ("GET", f"workflows{ID}{FILE}"): self._schema,
            ("GET", "connectionreferences"): self._references,
            ("GET", r"WhoAmI(?:\(\))?"): self._who_am_i,
        }
        self._routes = [
            (method, re.compile(pattern), handler)
            for (method, pattern), handler in handlers.items()
        ]

    async def answer(self, request: Request, arrived_ms: int) -> Response:
        """Answer a call; 404 for what is no address of the emulated Web API."""
        path = request.url.path.removeprefix(PREFIX)
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match and method == request.method:
                return await handler(Call(request, arrived_ms, match.groups()))
        message = f"Resource not found for the segment '{path}'."
        raise WebApiError(404, NO_SUCH_SEGMENT, message)

    async def _run(self, call: Call) -> Response:
        environment, behaviour = self._environment, self._environment.behaviour
        if not behaviour.may_trigger:
            raise missing_privilege("prvCreateflowsession", APPLICATION_USER_ID)
        for header in IMPERSONATION:
            if header in call.request.headers:
                message = f"{header}: impersonation is not supported"
                raise WebApiError(400, BAD_ACTION, message)
        asked = await run_call(call.request, call.ids[0], call.arrived_ms)
        context = f"{call.base}/$metadata#Microsoft.Dynamics.CRM.RunDesktopFlowResponse"
        response = environment.runs.run(asked, context)
        await environment.gates.answers.passed()
        if behaviour.answer_ms:
            await asyncio.sleep(behaviour.answer_ms / 1000)
        return response

    async def _workflows(self, call: Call) -> Response:
        rows = [workflow.row() for workflow in WORKFLOWS.values()]
        return call.filtered(
            WORKFLOW_TABLE, rows, largest_page=self._environment.behaviour.largest_page
        )

    async def _workflow(self, call: Call) -> Response:
        return call.one(WORKFLOW_TABLE, _workflow(call).row())

    async def _schema(self, call: Call) -> Response:
        workflow = _workflow(call)
        parameters = workflow.inputs if call.ids[1] == "inputs" else workflow.outputs
        properties = {parameter.name: parameter.schema() for parameter in parameters}
        schema = {"schema": {"type": "object", "properties": properties}}
        return Response(json.dumps(schema), media_type="application/octet-stream")

    async def _references(self, call: Call) -> Response:
        rows = [reference.row() for reference in self._environment.connections.references]
        return call.filtered(
            REFERENCE_TABLE, rows, largest_page=self._environment.behaviour.largest_page
        )

    async def _who_am_i(self, call: Call) -> Response:
        return JsonAnswer({
            "@odata.context": f"{call.base}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
            "BusinessUnitId": BUSINESS_UNIT_ID,
            "UserId": APPLICATION_USER_ID,
            "OrganizationId": ORGANIZATION_ID,
        })  # fmt: skip


def _workflow(call: Call) -> Workflow:
    workflow = WORKFLOWS.get(call.ids[0].lower())
    if workflow is None:
        raise not_found("workflow", call.ids[0])
    return workflow

"""The Web API: which address means what, and what Dataverse answers there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from local.emulator.call import PREFIX, Call
from local.emulator.catalog_calls import CatalogCalls
from local.emulator.catalogue import (
    APPLICATION_USER_ID,
    BUSINESS_UNIT_ID,
    ORGANIZATION_ID,
)
from local.emulator.environment import Environment
from local.emulator.errors import BAD_ACTION, WebApiError
from local.emulator.json_answer import JsonAnswer
from local.emulator.privileges import TRIGGERING, demand, role_privileges
from local.emulator.run_call import run_call
from local.emulator.session_calls import SessionCalls

ID = r"\(([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)"
ACTION = r"/Microsoft\.Dynamics\.CRM\."
FILE = r"/(inputs|outputs)/\$value"
RUN_DESKTOP_FLOW = re.compile(rf"{re.escape(PREFIX)}workflows{ID}{ACTION}RunDesktopFlow")
IMPERSONATION = ("CallerObjectId", "MSCRMCallerID")
NO_SUCH_SEGMENT = "0x8006088a"


class WebApi:
    """Answers calls that were let through; raises WebApiError."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        sessions, catalog = SessionCalls(environment), CatalogCalls(environment)
        handlers: dict[tuple[str, str], Callable[[Call], Awaitable[Response]]] = {
            ("POST", f"workflows{ID}{ACTION}RunDesktopFlow"): self._run,
            ("GET", f"flowsessions{ID}"): sessions.one,
            ("GET", "flowsessions"): sessions.many,
            ("GET", f"flowsessions{ID}{FILE}"): sessions.file,
            ("POST", f"flowsessions{ID}{ACTION}CancelDesktopFlowRun"): sessions.cancel,
            ("POST", f"flowsessions{ID}{ACTION}TriggerDesktopFlowRunCallback"): sessions.call_back,
            ("GET", "workflows"): catalog.flows,
            ("GET", f"workflows{ID}"): catalog.flow,
            ("GET", f"workflows{ID}{FILE}"): catalog.schema,
            ("GET", "connectionreferences"): catalog.references,
            ("GET", r"WhoAmI(?:\(\))?"): self._who_am_i,
            ("GET", rf"systemusers{ID}{ACTION}RetrieveUserPrivileges(?:\(\))?"): self._privileges,
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
        demand(behaviour, *TRIGGERING)
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

    async def _privileges(self, call: Call) -> Response:
        kind = "Microsoft.Dynamics.CRM.RetrieveUserPrivilegesResponse"
        held = role_privileges(self._environment.behaviour, call.ids[0])
        return JsonAnswer(
            {"@odata.context": f"{call.base}/$metadata#{kind}", "RolePrivileges": held}
        )

    async def _who_am_i(self, call: Call) -> Response:
        return JsonAnswer({
            "@odata.context": f"{call.base}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
            "BusinessUnitId": BUSINESS_UNIT_ID,
            "UserId": APPLICATION_USER_ID,
            "OrganizationId": ORGANIZATION_ID,
        })  # fmt: skip

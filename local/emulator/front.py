"""What every request passes: faults, the token, service protection, the record of requests."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from local.emulator import identity
from local.emulator.broken_answers import CutOff, Unanswered
from local.emulator.call import PREFIX, origin
from local.emulator.connection_cutting import ABORT, cut
from local.emulator.environment import Environment
from local.emulator.errors import (
    NOT_A_MEMBER,
    WebApiError,
    service_request_id,
    unauthorized,
)
from local.emulator.faults import Fault
from local.emulator.odd_ids import with_odd_id
from local.emulator.records import RecordedRequest
from local.emulator.run_call import run_call
from local.emulator.web_api import RUN_DESKTOP_FLOW, WebApi

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ADMIN = "/_emulator/"
LONGEST_URL = 32_768
AFFINITY = "ARRAffinity=5b6f7c; Path=/; HttpOnly"


class Front:
    """The ASGI app: the admin API as it is, everything else by Dataverse's rules."""

    def __init__(self, environment: Environment, admin: ASGIApp) -> None:
        self._environment = environment
        self._admin = admin
        self._web_api = WebApi(environment)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(ADMIN):
            await self._admin(scope, receive, send)
            return
        arrived_ms = self._environment.clock.now_ms()
        request = Request(scope, receive)
        try:
            response = await self._answer(request, arrived_ms)
        except ClientDisconnect:
            response = None
        self._environment.requests.append(
            RecordedRequest(
                arrived_ms,
                request.method,
                request.url.path,
                request.url.query,
                _status(response),
            )
        )
        if response:
            if self._environment.behaviour.date_header:
                at = self._environment.dataverse_ms() / 1000
                response.headers.setdefault("Date", formatdate(at, usegmt=True))
            await response(scope, receive, send)
        else:
            await cut(scope, receive)

    async def _answer(self, request: Request, arrived_ms: int) -> Response | None:
        """Answer a request, through the fault that hits it; None to cut the connection."""
        fault = self._environment.faults.take(
            lambda each: each.matches(request.method, request.url.path)
        )
        if fault is None:
            return await self._serve(request, arrived_ms)
        if fault.expire_tokens:
            self._environment.identity.expire_all()
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.lost_answer and not fault.spares_work:
            await self._work_unheard(request, arrived_ms, fault)
            return None
        answer = await self._faulty_answer(request, arrived_ms, fault)
        return CutOff(answer) if answer and fault.cut_body else answer

    async def _faulty_answer(
        self, request: Request, arrived_ms: int, fault: Fault
    ) -> Response | None:
        own = None if fault.cut else fault.answer(self._environment.dataverse_ms())
        own = Unanswered() if fault.never and not fault.cut else own
        if fault.spares_work:
            await self._note_refused(request, arrived_ms, _status(own))
            return own
        served = await self._serve(request, arrived_ms)
        if fault.session_id is not None:
            served = with_odd_id(served, fault.session_id)
        return own or served

    async def _work_unheard(self, request: Request, arrived_ms: int, fault: Fault) -> None:
        await request.body()  # while there is a connection to read it from
        if fault.work_after_ms:
            request.scope[ABORT]()
            await asyncio.sleep(fault.work_after_ms / 1000)
        await self._serve(request, arrived_ms)

    async def _serve(self, request: Request, arrived_ms: int) -> Response:
        environment = self._environment
        if request.url.path == identity.PATH and request.method == "GET":
            return environment.identity.answer(request, environment.behaviour.token_seconds)
        try:
            self._authorize(request)
            with environment.protection.admitted(arrived_ms):
                response = await self._web_api.answer(request, arrived_ms)
        except WebApiError as error:
            response = error.response()
            await self._note_refused(request, arrived_ms, error.status)
        response.headers.update(environment.protection.headers(arrived_ms))
        response.headers["OData-Version"] = "4.0"
        response.headers["x-ms-service-request-id"] = service_request_id()
        response.headers.append("Set-Cookie", AFFINITY)
        return response

    def _authorize(self, request: Request) -> None:
        here = origin(request)
        if not request.url.path.startswith(PREFIX):
            raise WebApiError(404, "", "The resource cannot be found.")
        if len(str(request.url)) > LONGEST_URL:
            raise WebApiError(414, "", "The URL is too long.")
        if not self._environment.identity.knows(request.headers.get("Authorization"), here):
            raise unauthorized(f'Bearer resource_id="{here}/"')
        if not self._environment.behaviour.member_of_organization:
            message = "The user is not a member of the organization."
            raise WebApiError(403, NOT_A_MEMBER, message)

    async def _note_refused(self, request: Request, arrived_ms: int, status: int | None) -> None:
        match = RUN_DESKTOP_FLOW.fullmatch(request.url.path)
        if match and request.method == "POST":
            call = await run_call(request, match[1], arrived_ms)
            self._environment.runs.record_refused(call, status)


def _status(answer: Response | None) -> int | None:
    """Return the status that the caller is told, if it is told one."""
    return None if answer is None or isinstance(answer, Unanswered) else answer.status_code

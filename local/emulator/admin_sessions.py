"""The admin API's sessions: make, show, change, end and remove them, and send their callbacks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from local.emulator.broken_answers import Breakage
from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE
from local.emulator.clock import iso
from local.emulator.endings import Ending
from local.emulator.environment import Environment
from local.emulator.flow_session import COLUMNS, FlowSession
from local.emulator.json_answer import JsonAnswer
from local.emulator.statuscodes import Status
from local.emulator.typed import checked, read

NO_CONTENT = 204
TIMES = ("created_ms", "started_ms", "completed_ms")


@dataclass(frozen=True)
class NewSession:
    """A session that no submission of ours made."""

    workflow_id: str = POST_INVOICE.id
    connection: str = FINANCE_CONNECTION
    statuscode: int = Status.RUNNING.value
    notify_url: str | None = None
    callbackurl: str | None = None
    correlationid: str | None = None
    clienttrackingid: str | None = None
    inputs: str | None = None
    outputs: str | None = None


@dataclass(frozen=True)
class SessionChange:
    """Values to set as they are, whatever the machine is doing."""

    statuscode: int
    callbackurl: str | None
    notify_url: str | None
    errorcode: str | None
    errormessage: str | None
    errordetails: str | None
    created_ms: int
    visible_ms: int
    started_ms: int | None
    completed_ms: int | None
    inputs: str | None
    outputs: str | None
    correlationid: str | None
    clienttrackingid: str | None
    columns: dict[str, str | None]
    query_answer: Breakage | None
    read_answer: Breakage | None


@dataclass(frozen=True)
class Finish:
    """An end of a session that a test decides; its callback is sent."""

    statuscode: int = Status.SUCCEEDED.value
    errorcode: str | None = None
    errormessage: str | None = None
    outputs: str | None = None


@dataclass(frozen=True)
class CallbackOrder:
    """A callback to send now, `times` times, once each; forged with a url or a body of its own."""

    session_id: str
    url: str | None = None
    body: Any = None
    times: int = 1


class SessionDesk:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def create(self, request: Request) -> Response:
        session = self._made(read(NewSession, await request.json()))
        return JsonAnswer(dataclasses.asdict(session), 201)

    async def create_many(self, request: Request) -> Response:
        """Make as many sessions alike as the path says; tell their ids."""
        new = read(NewSession, await request.json())
        ids = [self._made(new).id for _ in range(request.path_params["count"])]
        return JsonAnswer(ids, 201)

    def _made(self, new: NewSession) -> FlowSession:
        now = self._environment.dataverse_ms()
        session = FlowSession(id=str(uuid4()), created_ms=now, **dataclasses.asdict(new))
        session.started_ms = None if session.statuscode == Status.WAITING else now
        session.completed_ms = now if session.finished else None
        self._environment.sessions.add(session)
        return session

    async def show(self, request: Request) -> Response:
        return JsonAnswer(dataclasses.asdict(self._session(request)))

    async def change(self, request: Request) -> Response:
        session = self._session(request)
        values = checked(SessionChange, await request.json())
        for name in values.get("columns", {}):
            if name not in COLUMNS:
                raise ValueError(f"there is no column {name!r}; there are {', '.join(COLUMNS)}")
        for name in TIMES:
            _check_time(name, values.get(name))
        self._environment.sessions.change(session, **values)
        return JsonAnswer(dataclasses.asdict(session))

    async def delete(self, request: Request) -> Response:
        session = self._session(request)
        self._environment.machines.leave(session)
        self._environment.sessions.remove(session)
        return Response(status_code=NO_CONTENT)

    async def finish(self, request: Request) -> Response:
        session = self._session(request)
        finish = read(Finish, await request.json())
        if session.finished:
            raise ValueError("the session has ended")
        self._environment.machines.finish(session, Ending(0, **dataclasses.asdict(finish)))
        return JsonAnswer(dataclasses.asdict(session))

    async def call_back(self, request: Request) -> Response:
        order = read(CallbackOrder, await request.json())
        session = self._environment.sessions.get(order.session_id)
        url = order.url or session.notify_url
        if url is None:
            raise ValueError("the session has no callback URL, and the request names none")
        send: Callable[..., Any] = self._environment.callbacks.send
        deliveries = [await send(session, url, order.body) for _ in range(order.times)]
        return JsonAnswer([dataclasses.asdict(delivery) for delivery in deliveries])

    def _session(self, request: Request) -> FlowSession:
        return self._environment.sessions.get(request.path_params["id"])


def _check_time(name: str, at_ms: int | None) -> None:
    try:
        iso(at_ms)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{name} must lie in the years 1 to 9999; other dates can be shown by `columns`"
        ) from None

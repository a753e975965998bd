"""The admin API under `/_emulator/`: tests look inside and steer; no token is needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, get_type_hints

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.emulator.admin_sessions import SessionDesk
from local.emulator.arrivals import MARKERS, by_connection, by_marker
from local.emulator.connections import Binding
from local.emulator.environment import Environment
from local.emulator.errors import WebApiError
from local.emulator.faults import Fault
from local.emulator.gates import Gate
from local.emulator.json_answer import JsonAnswer
from local.emulator.records import SessionSummary, State
from local.emulator.typed import changed, read

if TYPE_CHECKING:
    from local.emulator.flow_session import FlowSession

NO_CONTENT = 204


def admin_app(environment: Environment) -> Starlette:
    """Build the admin API; 400 tells what is wrong with a request, 404 that a session is not."""
    admin = _Admin(environment)
    desk = SessionDesk(environment)
    routes: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", "state", admin.state),
        ("GET", "requests", admin.requests),
        ("GET", "arrivals/{by}", admin.arrivals),
        ("PUT", "references/{name}", admin.bind_reference),
        ("POST", "faults", admin.add_fault),
        ("DELETE", "faults", admin.clear_faults),
        ("GET", "behaviour", admin.behaviour),
        ("PATCH", "behaviour", admin.change_behaviour),
        ("POST", "tokens/expire", admin.expire_tokens),
        ("POST", "hold/{gate}", admin.hold),
        ("POST", "release/{gate}", admin.release),
        ("POST", "reset", admin.reset),
        ("POST", "callbacks", desk.call_back),
        ("POST", "sessions", desk.create),
        ("POST", "sessions/many/{count:int}", desk.create_many),
        ("GET", "sessions/{id}", desk.show),
        ("PATCH", "sessions/{id}", desk.change),
        ("DELETE", "sessions/{id}", desk.delete),
        ("POST", "sessions/{id}/finish", desk.finish),
    ]
    return Starlette(
        routes=[
            Route(f"/_emulator/{path}", handler, methods=[method])
            for method, path, handler in routes
        ],
        exception_handlers={ValueError: _bad_request, WebApiError: _web_api_error},
    )


class _Admin:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def state(self, _: Request) -> Response:
        environment = self._environment
        state = State(
            now_ms=environment.clock.now_ms(),
            sessions=tuple(summary_of(session) for session in environment.sessions),
            submissions=tuple(environment.runs.submissions),
            deliveries=tuple(environment.callbacks.deliveries),
            held=tuple(environment.gates.held),
        )
        outcomes = [submission.outcome for submission in state.submissions]
        counts = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
        return JsonAnswer(dataclasses.asdict(state) | {"counts": counts})

    async def requests(self, request: Request) -> Response:
        prefix = request.query_params.get("path", "")
        return JsonAnswer([
            dataclasses.asdict(one)
            for one in self._environment.requests
            if one.path.startswith(prefix)
        ])  # fmt: skip

    async def arrivals(self, request: Request) -> Response:
        """Count submissions by `connection`, or by one of the markers; `window_seconds`: 60."""
        seconds = float(request.query_params.get("window_seconds", "60"))
        by, window_ms = request.path_params["by"], round(seconds * 1000)
        submissions = self._environment.runs.submissions
        if by == "connection":
            counted = by_connection(submissions, window_ms)
        elif by in MARKERS:
            counted = by_marker(submissions, by, window_ms)
        else:
            raise ValueError(f"there are no arrivals by {by!r}, but by connection and {MARKERS}")
        return JsonAnswer([dataclasses.asdict(one) for one in counted])

    async def bind_reference(self, request: Request) -> Response:
        order = read(Binding, await request.json())
        name = request.path_params["name"]
        connections = self._environment.connections
        return JsonAnswer(
            dataclasses.asdict(connections.bind(name, order.connection, active=order.active))
        )

    async def add_fault(self, request: Request) -> Response:
        self._environment.faults.add(read(Fault, await request.json()))
        return Response(status_code=NO_CONTENT)

    async def clear_faults(self, request: Request) -> Response:
        name = request.query_params.get("name")
        self._environment.faults.clear(lambda fault: name is None or fault.name == name)
        return Response(status_code=NO_CONTENT)

    async def behaviour(self, _: Request) -> Response:
        return JsonAnswer(dataclasses.asdict(self._environment.behaviour))

    async def change_behaviour(self, request: Request) -> Response:
        environment = self._environment
        environment.behaviour = changed(environment.behaviour, await request.json())
        environment.protection.forgive()
        return JsonAnswer(dataclasses.asdict(environment.behaviour))

    async def expire_tokens(self, _: Request) -> Response:
        self._environment.identity.expire_all()
        return Response(status_code=NO_CONTENT)

    async def hold(self, request: Request) -> Response:
        self._gate(request).close()
        return Response(status_code=NO_CONTENT)

    async def release(self, request: Request) -> Response:
        self._gate(request).open()
        return Response(status_code=NO_CONTENT)

    async def reset(self, _: Request) -> Response:
        await self._environment.reset()
        return Response(status_code=NO_CONTENT)

    def _gate(self, request: Request) -> Gate:
        name = request.path_params["gate"]
        gates: dict[Any, Gate] = dict(self._environment.gates.by_name)
        if name not in gates:
            raise ValueError(f"there is no gate {name!r}; there are {', '.join(gates)}")
        return gates[name]


def summary_of(session: FlowSession) -> SessionSummary:
    own = {
        name: getattr(session, name)
        for name in get_type_hints(SessionSummary)
        if name != "callback_url"
    }
    return SessionSummary(**own, callback_url=session.notify_url)


async def _bad_request(_: Request, error: Exception) -> Response:
    return JsonAnswer({"error": {"code": "BadRequest", "message": str(error)}}, 400)


async def _web_api_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, WebApiError):
        raise error
    return error.response()

"""RunDesktopFlow: parameters, the limit of the connection, the new session."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from starlette.responses import Response

from local.emulator.behaviour import Behaviour
from local.emulator.catalogue import WORKFLOWS, connection_of
from local.emulator.clock import Clock
from local.emulator.errors import RUNS_THROTTLED, WebApiError, not_found
from local.emulator.flow_session import FlowSession
from local.emulator.json_answer import JsonAnswer
from local.emulator.machines import Machines
from local.emulator.protection import retry_after
from local.emulator.records import Submission
from local.emulator.run_parameters import RunParameters, read_parameters
from local.emulator.session_store import SessionStore
from local.emulator.statuscodes import THROTTLED, Status
from local.emulator.window import ArrivalWindow

TOO_MANY = "Too many desktop flows use the same connection."
LICENCE_MESSAGES = {"ValidLicenseCoverage": "Valid License Coverage"}


class FlowRuns:
    """Starts runs; `submissions` are all requests to do so, in the order they were decided."""

    def __init__(
        self,
        sessions: SessionStore,
        machines: Machines,
        clock: Clock,
        behaviour: Callable[[], Behaviour],
        on_finished: Callable[[FlowSession], None],
    ) -> None:
        self._sessions = sessions
        self._machines = machines
        self._clock = clock
        self._behaviour = behaviour
        self._on_finished = on_finished
        self._windows: dict[str, ArrivalWindow] = defaultdict(ArrivalWindow)
        self.submissions: list[Submission] = []

    def run(self, workflow_id: str, body: bytes, arrived_ms: int, context: str) -> Response:
        """Start a run; raises WebApiError if nothing was or will be done."""
        behaviour = self._behaviour()
        if workflow_id not in WORKFLOWS:
            raise not_found("workflow", workflow_id)
        parameters = read_parameters(body, require_https=behaviour.require_https_callbacks)
        connection = _connection(parameters, behaviour)
        seen = Submission(
            arrived_ms,
            "accepted",
            workflow_id,
            connection,
            parameters.callback_url,
            run_mode=parameters.run_mode,
            run_priority=parameters.run_priority,
        )
        wait_ms = self._count(connection, arrived_ms, behaviour)
        if wait_ms and behaviour.throttle_as == "http":
            self.submissions.append(replace(seen, outcome="throttled", status=429))
            headers = retry_after(wait_ms) if behaviour.retry_after_header else {}
            return WebApiError(429, RUNS_THROTTLED, TOO_MANY, headers).response()
        session = self._session(workflow_id, connection, parameters, behaviour)
        self._sessions.add(session)
        if wait_ms:
            self.submissions.append(replace(seen, outcome="throttled", session_id=session.id))
            self._fail_throttled(session)
        else:
            self.submissions.append(replace(seen, session_id=session.id))
            self._machines.enqueue(session)
        return JsonAnswer(_answer(session.id, behaviour.licence_code, context))

    def record_refused(
        self, workflow_id: str, body: bytes, arrived_ms: int, status: int | None
    ) -> None:
        """Remember a request that was not let through to `run`, or that `run` refused."""
        try:
            given = json.loads(body)
            name, kind = given.get("connectionName"), given.get("connectionType") or 1
            url, priority = given.get("callbackUrl"), given.get("runPriority")
            connection = connection_of(name, kind) if isinstance(name, str) else None
        except (ValueError, AttributeError):
            connection, url, priority = None, None, None
        self.submissions.append(
            Submission(
                arrived_ms,
                "refused",
                workflow_id,
                connection,
                url if isinstance(url, str) else None,
                run_priority=priority if isinstance(priority, str) else None,
                status=status,
            )
        )

    def clear(self) -> None:
        self._windows.clear()
        self.submissions.clear()

    def _count(self, connection: str, arrived_ms: int, behaviour: Behaviour) -> int:
        """Count an arrival on its connection; return the ms after which it would be let through."""
        window, window_ms = self._windows[connection], round(behaviour.window_seconds * 1000)
        wait_ms = window.wait_ms(
            arrived_ms, behaviour.runs_per_window, window_ms, behaviour.window_shape
        )
        if not wait_ms or behaviour.refused_runs_count:
            window.add(arrived_ms, window_ms)
        return wait_ms

    def _session(
        self, workflow_id: str, connection: str, parameters: RunParameters, behaviour: Behaviour
    ) -> FlowSession:
        now = self._clock.now_ms()
        url = parameters.callback_url
        return FlowSession(
            id=str(uuid4()),
            workflow_id=workflow_id,
            connection=connection,
            created_ms=now,
            visible_ms=now + behaviour.session_visible_after_ms,
            statuscode=behaviour.waiting_statuscode,
            run_mode=parameters.run_mode,
            run_priority=parameters.run_priority,
            timeout=parameters.timeout,
            inputs=parameters.inputs,
            notify_url=url,
            callbackurl=url if behaviour.callbackurl_column == "kept" else None,
        )

    def _fail_throttled(self, session: FlowSession) -> None:
        self._sessions.change(
            session,
            statuscode=int(Status.FAILED),
            errorcode=THROTTLED,
            errormessage=TOO_MANY,
            completed_ms=session.created_ms,
        )
        self._on_finished(session)


def _connection(parameters: RunParameters, behaviour: Behaviour) -> str:
    name = parameters.connection_name
    connection = connection_of(name, parameters.connection_type)
    if connection is None:
        status = behaviour.unknown_connection_status
        raise WebApiError(status, "ConnectionNotFound", f"There is no connection '{name}'")
    return connection


def _answer(session_id: str, licence_code: str | None, context: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"@odata.context": context, "flowsessionId": session_id}
    if licence_code is not None:
        answer["licenseCheck"] = {
            "@odata.context": "#Microsoft.Dynamics.CRM.expando",
            "code": licence_code,
            "message": LICENCE_MESSAGES.get(licence_code, licence_code),
        }
    return answer

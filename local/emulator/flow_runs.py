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
from local.emulator.catalogue import BY_CONNECTION, WORKFLOWS
from local.emulator.clock import Clock
from local.emulator.connections import Connections
from local.emulator.errors import CONNECTION_DENIED, RUNS_THROTTLED, WebApiError, not_found
from local.emulator.flow_session import FlowSession
from local.emulator.json_answer import JsonAnswer
from local.emulator.machines import Machines
from local.emulator.markers import held_id
from local.emulator.protection import retry_after
from local.emulator.records import Outcome, Submission
from local.emulator.run_call import RunCall
from local.emulator.run_parameters import RunParameters, read_parameters
from local.emulator.session_store import SessionStore
from local.emulator.statuscodes import THROTTLED, Status
from local.emulator.stored_urls import stored_url
from local.emulator.window import ArrivalWindow

TOO_MANY = "Too many desktop flows use the same connection."
LONGEST_CORRELATION_ID, LONGEST_TRACKING_ID = 100, 255
LICENCE_MESSAGES = {"ValidLicenseCoverage": "Valid License Coverage"}


class FlowRuns:
    """Starts runs; `submissions` are all requests to do so, in the order they were decided."""

    def __init__(
        self,
        sessions: SessionStore,
        machines: Machines,
        connections: Connections,
        *,
        clock: Clock,
        behaviour: Callable[[], Behaviour],
        on_finished: Callable[[FlowSession], None],
    ) -> None:
        self._sessions = sessions
        self._machines = machines
        self._connections = connections
        self._clock = clock
        self._behaviour = behaviour
        self._on_finished = on_finished
        self._windows: dict[str, ArrivalWindow] = defaultdict(ArrivalWindow)
        self.submissions: list[Submission] = []

    def run(self, call: RunCall, context: str) -> Response:
        """Start a run; raises WebApiError if nothing was or will be done."""
        behaviour = self._behaviour()
        if call.workflow_id not in WORKFLOWS:
            raise not_found("workflow", call.workflow_id)
        parameters = read_parameters(
            call.body,
            require_https=behaviour.require_https_callbacks,
            refuse_unresolvable=behaviour.refuse_unresolvable_callbacks,
        )
        connection = self._connection(parameters, behaviour)
        seen = _submission(call, "accepted", connection, parameters)
        wait_ms = self._count(connection, call.arrived_ms, behaviour)
        if wait_ms and behaviour.throttle_as == "http":
            self.submissions.append(replace(seen, outcome="throttled", status=429))
            headers = retry_after(wait_ms) if behaviour.retry_after_header else {}
            return WebApiError(429, RUNS_THROTTLED, TOO_MANY, headers).response()
        session = self._session(call, connection, parameters, behaviour)
        self._sessions.add(session)
        if wait_ms:
            self.submissions.append(replace(seen, outcome="throttled", session_id=session.id))
            self._fail_throttled(session)
        else:
            self.submissions.append(replace(seen, session_id=session.id))
            self._machines.enqueue(session)
        return JsonAnswer(_answer(session.id, behaviour.licence_code, context))

    def record_refused(self, call: RunCall, status: int | None) -> None:
        """Remember a request that was not let through to `run`, or that `run` refused."""
        try:
            given = json.loads(call.body)
            name, kind = given.get("connectionName"), given.get("connectionType") or 1
            url, priority = given.get("callbackUrl"), given.get("runPriority")
            meant = self._connections.meant_by
            connection = meant(name, kind) if isinstance(name, str) else None
        except (ValueError, AttributeError, RecursionError):
            connection, url, priority = None, None, None
        self.submissions.append(
            Submission(
                call.arrived_ms,
                "refused",
                call.workflow_id,
                connection,
                url if isinstance(url, str) else None,
                run_priority=priority if isinstance(priority, str) else None,
                status=status,
                client_request_id=call.client_request_id,
                correlation_id=call.correlation_id,
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
        self, call: RunCall, connection: str, parameters: RunParameters, behaviour: Behaviour
    ) -> FlowSession:
        url = parameters.callback_url
        return FlowSession(
            id=str(uuid4()),
            workflow_id=call.workflow_id,
            connection=connection,
            created_ms=self._clock.dataverse_ms(behaviour.clock_offset_seconds),
            visible_ms=self._clock.now_ms() + behaviour.session_visible_after_ms,
            statuscode=behaviour.waiting_statuscode,
            run_mode=parameters.run_mode,
            run_priority=parameters.run_priority,
            timeout=parameters.timeout,
            inputs=parameters.inputs,
            notify_url=url,
            callbackurl=stored_url(url, behaviour.callbackurl_column, behaviour.callbackurl_length),
            correlationid=held_id(
                call, behaviour.correlationid_column, behaviour.id_columns, LONGEST_CORRELATION_ID
            ),
            clienttrackingid=held_id(
                call, behaviour.clienttrackingid_column, behaviour.id_columns, LONGEST_TRACKING_ID
            ),
        )

    def _connection(self, parameters: RunParameters, behaviour: Behaviour) -> str:
        """Return the connection that is meant by its name now; WebApiError if it cannot be used."""
        name, by = parameters.connection_name, parameters.connection_type
        connection = self._connections.meant_by(name, by)
        if connection is None:
            status = behaviour.unknown_connection_status
            raise WebApiError(status, "ConnectionNotFound", f"There is no connection '{name}'")
        if by == BY_CONNECTION and connection in behaviour.connections_refused_by_name:
            message = f"The caller does not have permission for connection '{name}'"
            raise WebApiError(403, CONNECTION_DENIED, message)
        return connection

    def _fail_throttled(self, session: FlowSession) -> None:
        self._sessions.change(
            session,
            statuscode=int(Status.FAILED),
            errorcode=THROTTLED,
            errormessage=TOO_MANY,
            completed_ms=session.created_ms,
        )
        self._on_finished(session)


def _submission(
    call: RunCall, outcome: Outcome, connection: str, parameters: RunParameters
) -> Submission:
    return Submission(
        call.arrived_ms,
        outcome,
        call.workflow_id,
        connection,
        parameters.callback_url,
        run_mode=parameters.run_mode,
        run_priority=parameters.run_priority,
        client_request_id=call.client_request_id,
        correlation_id=call.correlation_id,
    )


def _answer(session_id: str, licence_code: str | None, context: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"@odata.context": context, "flowsessionId": session_id}
    if licence_code is not None:
        answer["licenseCheck"] = {
            "@odata.context": "#Microsoft.Dynamics.CRM.expando",
            "code": licence_code,
            "message": LICENCE_MESSAGES.get(licence_code, licence_code),
        }
    return answer

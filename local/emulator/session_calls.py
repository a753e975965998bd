"""Calls about flow sessions: read one or many, their files, cancel, call back again."""

from __future__ import annotations

import re

from starlette.responses import Response

from local.emulator.broken_answers import broken
from local.emulator.call import Call
from local.emulator.catalogue import APPLICATION_USER_ID
from local.emulator.environment import Environment
from local.emulator.errors import BAD_ACTION, WebApiError, missing_privilege, not_found
from local.emulator.flow_session import FLOW_SESSIONS, FlowSession, row_of
from local.emulator.json_answer import JsonAnswer, encoded
from local.emulator.privileges import READ_SESSION, WRITE_SESSION, demand
from local.emulator.query import Table, read_query

NO_CONTENT, PARTIAL_CONTENT = 204, 206
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class SessionCalls:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    @property
    def _table(self) -> Table:
        return FLOW_SESSIONS.without(self._environment.behaviour.missing_columns)

    async def one(self, call: Call) -> Response:
        session = self._readable(call)
        answer = call.one(self._table, row_of(session))
        return broken(session.read_answer, answer) if session.read_answer else answer

    async def many(self, call: Call) -> Response:
        self._check_reading()
        environment = self._environment
        query = read_query(call.request.url.query, self._table)
        found = environment.sessions.found(query.condition, environment.clock.now_ms())
        rows = [row_of(session) for session in found]
        answer = call.many(self._table, rows, query=query, behaviour=environment.behaviour)
        how = next((one.query_answer for one in found if one.query_answer), None)
        return broken(how, answer) if how else answer

    async def file(self, call: Call) -> Response:
        """Give the content of a session's inputs or outputs, or the range that is asked for."""
        session = self._readable(call)
        text = session.inputs if call.ids[1] == "inputs" else session.outputs
        if text is None:
            as_what = self._environment.behaviour.no_outputs
            if as_what == "404":
                raise not_found("flowsession file", session.id)
            return Response(status_code=NO_CONTENT if as_what == "204" else 200)
        content, media_type = encoded(text), "application/octet-stream"
        asked = RANGE.fullmatch(call.request.headers.get("range", ""))
        if asked is None or int(asked[1]) >= len(content):
            return Response(content, media_type=media_type)
        first = int(asked[1])
        last = min(int(asked[2] or len(content)), len(content) - 1)
        headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        return Response(content[first : last + 1], PARTIAL_CONTENT, headers, media_type)

    async def cancel(self, call: Call) -> Response:
        environment, behaviour = self._environment, self._environment.behaviour
        if not behaviour.may_cancel_sessions:
            raise missing_privilege(WRITE_SESSION, APPLICATION_USER_ID)
        demand(behaviour, WRITE_SESSION)
        session = environment.sessions.visible(call.ids[0], environment.clock.now_ms())
        if not session.finished:
            environment.machines.cancel(session)
        elif behaviour.cancel_of_finished == "error":
            raise WebApiError(400, BAD_ACTION, "The desktop flow run is not in progress.")
        return Response(status_code=NO_CONTENT)

    async def call_back(self, call: Call) -> Response:
        session = self._readable(call)
        if session.notify_url is None:
            raise WebApiError(400, BAD_ACTION, "The desktop flow run has no callback URL.")
        delivery = await self._environment.callbacks.send(session, session.notify_url)
        kind = "Microsoft.Dynamics.CRM.TriggerDesktopFlowRunCallbackResponse"
        return JsonAnswer({
            "@odata.context": f"{call.base}/$metadata#{kind}",
            "callbackHttpResponseCode": delivery.status,
        })  # fmt: skip

    def _readable(self, call: Call) -> FlowSession:
        self._check_reading()
        return self._environment.sessions.visible(call.ids[0], self._environment.clock.now_ms())

    def _check_reading(self) -> None:
        demand(self._environment.behaviour, READ_SESSION)

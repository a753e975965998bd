"""The simulated Dataverse: what it takes in, what it keeps, and what its limit saw.

It records every arrival of a submission and says at once if the app broke a promise: more arrivals
in a window than the connection allows, or a second session in which a robot works for one request.
"""

import json
import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.dataverse.errors import (
    Answer,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
    UnreadableRowsError,
)
from shared.dataverse.models import ConnectionReference, Submitted
from shared.domain.callback_url import run_named_by
from shared.domain.identifiers import lane_id, lane_of
from shared.domain.request import ConnectionType, RunRequest
from shared.domain.session import THROTTLED, FlowSession, Mark, StatusCode
from tests.simulation.calls import ConnectionCalls
from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.protection import Protection
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Scheduler
from tests.simulation.sessions import THROTTLED_FATE, Fate, SimulatedSession

ENVIRONMENT = "org.crm.example"
MARKER_BASE = "https://broker.invalid"
CANCELLING_MS = (100, 8_000)


@dataclass(slots=True)
class SimulatedDataverse:
    """One environment; `began` and `ended` are told of sessions, `breach` of broken promises.

    `refused`: requests that were refused; `told`: sessions that a search of the app brought up;
    `calls`: the submissions of each connection, as their senders see them.
    """

    scheduler: Scheduler
    scenario: Scenario
    chaos: Chaos
    chance: random.Random
    history: History
    began: Callable[[SimulatedSession], None]
    ended: Callable[[SimulatedSession], None]
    breach: Callable[[str], None]
    sessions: dict[str, SimulatedSession] = field(default_factory=dict)
    by_token: dict[str, list[SimulatedSession]] = field(default_factory=lambda: defaultdict(list))
    by_mark: dict[Mark, list[SimulatedSession]] = field(default_factory=lambda: defaultdict(list))
    arrivals: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    calls: dict[str, ConnectionCalls] = field(default_factory=lambda: defaultdict(ConnectionCalls))
    protection: Protection = field(init=False)

    def __post_init__(self) -> None:
        user = self.scenario.user
        self.protection = Protection(self.scheduler, self.chaos, self.history, user)

    def run_desktop_flow(
        self,
        request: RunRequest,
        inputs: str | None,
        callback_url: str | None,
        lateness: int | None = None,
        submission_id: str | None = None,
    ) -> Submitted:
        """Take a submission that arrives now; `lateness`: ms after its sender gave up."""
        token = str(json.loads(inputs or "{}").get("token"))
        rates = self.chaos.rates
        self.protection.strike(token)
        self._arrive(request, token, callback_url, counted=lateness is None)
        if self.chaos.strikes(rates.server_error) or self.scenario.dooms(token):
            raise _server_error()
        if self.chaos.strikes(rates.throttled):
            self.history.tell("dataverse", f"throttles {token}")
            wait = self.chance.choice([None, None, 0.0, 1.0, 20.0, 150.0])
            raise ThrottledError(Answer(429, THROTTLED, "too many"), wait)
        if self.scenario.refuses(token) or self.chaos.strikes(rates.refused):
            self.refused.add(token)
            self.history.tell("dataverse", f"refuses {token}")
            raise RefusedError(Answer(403, "0x80040220", "privilege missing"))
        if not self.scenario.takes_markers and f"{MARKER_BASE}/" in (callback_url or ""):
            self.history.tell("dataverse", f"refuses the callback URL of {token}")
            raise RefusedError(Answer(400, "0x80048d19", "the callback URL does not resolve"))
        session = self._begin(request, token, callback_url, submission_id, lateness)
        if self.chaos.strikes(rates.server_error):
            raise _server_error()
        return Submitted(session.id)

    def session(self, session_id: str) -> FlowSession:
        found = self.sessions.get(session_id)
        if found is None or found.gone:
            raise NotFoundError(Answer(404, "0x80040217", "no such session"))
        return found.row(self.scheduler.now)

    def sessions_by_id(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        found = [self.sessions[each] for each in ids if each in self.sessions]
        bad = next((each for each in found if self.scenario.poisons(each.token)), None)
        if bad is not None:
            self.history.tell("dataverse", f"fails of session {bad.id[:8]}")
            raise _server_error()
        return {each.id: each.row(self.scheduler.now) for each in found if not each.gone}

    def sessions_marked(self, marks: Sequence[Mark]) -> list[FlowSession]:
        """Find sessions by the texts of their columns, whose case does not matter."""
        found = [session for mark in marks for session in self.by_mark.get(_folded(mark), ())]
        found.sort(key=lambda session: session.created_at)
        rows = [each.row(self.scheduler.now) for each in found if not each.gone]
        bad = {each.id for each in found if self.scenario.poisons(each.token)}
        if bad and not self.chaos.over:  # else its run could not be confirmed for ever
            self.history.tell("dataverse", f"cannot show {len(bad)} of {len(found)} sessions")
            if self.chance.random() < 0.5:
                raise _server_error()
            raise UnreadableRowsError([row for row in rows if row.id not in bad], len(bad))
        return rows

    def ahead(self) -> int | None:
        return self.scenario.ahead if self.scenario.tells_time else None

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]:
        """Give the sessions made since then, oldest first: all are of one desktop flow."""
        del workflow_id
        rows = (each.row(self.scheduler.now) for each in self.sessions.values() if not each.gone)
        found = [row for row in rows if (row.created_at or 0) >= created_from]
        return sorted(found, key=lambda row: row.created_at or 0)

    def inputs(self, session_id: str) -> dict[str, str]:
        return {"token": self.sessions[session_id].token}

    def connection_reference(self, logical_name: str) -> ConnectionReference | None:
        now = self.scheduler.now
        connection = self.scenario.connection_of(ConnectionType.REFERENCE, logical_name, now)
        return ConnectionReference(logical_name, connection)

    def cancel(self, session_id: str) -> None:
        self.session(session_id)
        session, now = self.sessions[session_id], self.scheduler.now
        if session.finished(now):
            raise RefusedError(Answer(400, "0x80040216", "the flow session is finished"))
        before = session.ends_at
        session.cancel(now, now + self.chaos.between(*CANCELLING_MS))
        if session.ends_at != before:
            self.scheduler.at(session.ends_at, lambda: self._end(session))

    def stranger(self, number: int) -> None:
        """Make a session as somebody else does, of the same desktop flow on the same connection."""
        now, scenario = self.scheduler.now, self.scenario
        connection = f"connection-{number % scenario.lanes}"
        works = self.chaos.between(1_000, 60_000)
        session = SimulatedSession(
            id=str(uuid.UUID(bytes=self.chance.randbytes(16), version=4)),
            token=f"stranger-{number}",
            callback_url=None,
            kept_url=None,
            created_at=now,
            fate=Fate(StatusCode.SUCCEEDED, None, 0, works),
            ends_at=now + works,
            ahead=scenario.ahead,
            connection=scenario.shown(connection),
        )
        self.history.tell("dataverse", f"makes session {session.id[:8]} for a stranger")
        self.sessions[session.id] = session

    def _arrive(
        self, request: RunRequest, token: str, callback_url: str | None, *, counted: bool
    ) -> None:
        now = self.scheduler.now
        connection = self.scenario.connection_of(
            request.connection_type, request.connection_name, now
        )
        seen = self.arrivals[connection]
        run_id = run_named_by(callback_url)
        if run_id is not None and lane_of(run_id) != lane_id(ENVIRONMENT, connection):
            self.breach(f"rate: {token} spends a slot of {connection}, which is not its lane's")
        self.history.tell("dataverse", f"sees a submission of {token} arrive for {connection}")
        if not counted:
            return
        seen.append(now)
        recent = sum(arrival > now - self.scenario.pace.window for arrival in seen)
        if recent > self.scenario.pace.limit:
            self.breach(f"rate: {recent} arrivals within one window for {connection}")

    def _begin(
        self,
        request: RunRequest,
        token: str,
        callback_url: str | None,
        submission_id: str | None,
        lateness: int | None,
    ) -> SimulatedSession:
        now, fate, scenario = self.scheduler.now, self._fate(token), self.scenario
        connection = scenario.connection_of(request.connection_type, request.connection_name, now)
        session = SimulatedSession(
            id=str(uuid.UUID(bytes=self.chance.randbytes(16), version=4)),
            token=token,
            callback_url=callback_url,
            kept_url=scenario.kept(callback_url),
            created_at=now,
            ahead=scenario.ahead,
            connection=scenario.shown(connection),
            correlation_id=submission_id if scenario.keeps_ids else None,
            fate=fate,
            ends_at=now + fate.waits + fate.works,
            ghost=lateness is not None and lateness > scenario.absent - 1_000,
        )
        self.history.tell("dataverse", f"makes session {session.id[:8]} for {token}")
        self._check_once(session)
        self.sessions[session.id] = session
        self.by_token[token].append(session)
        for mark in session.row(now).marks:
            self.by_mark[_folded(mark)].append(session)
        self.scheduler.at(session.ends_at, lambda: self._end(session))
        self.began(session)
        return session

    def _check_once(self, session: SimulatedSession) -> None:
        """Look for another session of the same request that works, worked, or will.

        Where a ghost is among them, what follows from it is the exception that is reported.
        """
        others = self.by_token.get(session.token, ())
        if session.ghost or any(other.ghost for other in others):
            return
        for other in others:
            over = other.finished(self.scheduler.now)
            if not over or other.fate.robot_works:
                self.breach(f"once: {session.token} has a session besides {other.id[:8]}")

    def _end(self, session: SimulatedSession) -> None:
        if session.ends_at != self.scheduler.now:
            return
        code = session.statuscode(self.scheduler.now)
        self.history.tell("dataverse", f"session {session.id[:8]} ends as {code.name}")
        self.ended(session)

    def _fate(self, token: str) -> Fate:
        if self.chaos.strikes(self.chaos.rates.throttled_session):
            return THROTTLED_FATE
        return self.scenario.fate(token, len(self.by_token.get(token, ())))


def _folded(mark: Mark) -> Mark:
    return Mark(mark.column, mark.text.casefold())


def _server_error() -> OutcomeUnknownError:
    return OutcomeUnknownError("500: server error", Answer(500, "0x80040216", "server error"))

"""Callbacks: a hint to look at a session, never evidence (docs/architecture.md, "Callbacks")."""

import logging
from dataclasses import dataclass
from enum import Enum

from shared.dataverse.errors import NotFoundError
from shared.domain.callback_url import CallbackSigner
from shared.domain.evidence import exact
from shared.domain.run.steps import look_again
from shared.domain.session import FlowSession
from shared.services.following.record import Record
from shared.services.ports import Clock, FlowSessions
from shared.storage.runs import RunTable, StoredRun
from shared.telemetry import event

SOON_MS = 5_000


class CallbackOutcome(Enum):
    """What a callback led to."""

    RECORDED = "recorded"
    KNOWN = "known"
    NOT_FINISHED = "not finished"
    UNKNOWN_RUN = "unknown run"
    OTHER_SESSION = "other session"


@dataclass(frozen=True, slots=True)
class HearCallback:
    """Looks at the session that a callback names."""

    runs: RunTable
    sessions: FlowSessions
    signer: CallbackSigner
    record: Record
    clock: Clock

    def __call__(self, run_id: str, session_id: str) -> CallbackOutcome:
        """Handle a callback to a run's own address that names a session (lower-case GUID).

        Raises StorageUnavailableError and DataverseError: then the watch on the run remains.
        """
        stored = self.runs.read(run_id)
        if stored is None:
            return CallbackOutcome.UNKNOWN_RUN
        run = stored.run
        if run.final or session_id in run.past_sessions:
            return CallbackOutcome.KNOWN
        if run.flow_session_id not in (None, session_id):
            return self._other(run_id, session_id, "the run has another session")
        try:
            session = self.sessions.session(session_id)
        except NotFoundError:
            return self._not_found(stored, session_id)
        return self._look(stored, session)

    def _look(self, stored: StoredRun, session: FlowSession) -> CallbackOutcome:
        run = stored.run
        if run.flow_session_id is not None:
            run = self.record(stored, session, by="callback")
        else:
            evidence = exact(run, session, self.signer)
            if evidence is None:
                return self._other(run.id, session.id, "the session is not this run's")
            run = self.record.adopt(stored, evidence, by="callback")
        if session.finished:
            return CallbackOutcome.RECORDED
        self._look_soon(run.id)
        return CallbackOutcome.NOT_FINISHED

    def _not_found(self, stored: StoredRun, session_id: str) -> CallbackOutcome:
        """Leave it to the sweep to say that a run's own session is gone."""
        if stored.run.flow_session_id is None:
            return self._other(stored.run.id, session_id, "Dataverse has no such session")
        self._look_soon(stored.run.id)
        return CallbackOutcome.NOT_FINISHED

    def _look_soon(self, run_id: str) -> None:
        soon = self.clock.now() + SOON_MS
        stored = self.runs.read(run_id)
        if stored is not None:
            self.runs.change(stored, lambda run: look_again(run, min(run.watch_at or soon, soon)))

    @staticmethod
    def _other(run_id: str, session_id: str, reason: str) -> CallbackOutcome:
        event(
            "callback.refused",
            level=logging.WARNING,
            run_id=run_id,
            flow_session_id=session_id,
            reason=reason,
        )
        return CallbackOutcome.OTHER_SESSION

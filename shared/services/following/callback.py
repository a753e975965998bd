"""Callbacks: a hint to look at a session, never evidence (docs/architecture.md, "Callbacks")."""

import logging
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

from shared import tracing
from shared.domain.callback_url import CallbackSigner
from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.evidence import exact
from shared.domain.run.steps import look_again
from shared.domain.session import FlowSession
from shared.services.following.record import Record
from shared.services.following.seats import Hint
from shared.services.following.shared_looks import SharedLooks
from shared.services.following.tasks import Tasks
from shared.services.ports import Clock
from shared.storage.runs import RunTable, StoredRun
from shared.telemetry import event

SOON_MS = 5_000

HEARING_LIMIT = 500
"""How many callbacks a process hears at a time; Dataverse repeats those that it is told of."""


class CallbackOutcome(Enum):
    """What a callback led to."""

    RECORDED = "recorded"
    KNOWN = "known"
    NOT_FINISHED = "not finished"
    UNKNOWN_RUN = "unknown run"
    OTHER_SESSION = "other session"


class CrowdedError(BrokerError):
    """More callbacks are being heard than a process has room for; nothing is lost by it."""

    code = UNAVAILABLE
    retry_after = 1.0


class NotHeardInTimeError(BrokerError):
    """A callback was not heard before whoever sent it loses patience; he sends it again."""

    code = UNAVAILABLE
    retry_after = 1.0

    def __init__(self) -> None:
        super().__init__("storage or Dataverse take longer than Dataverse waits")


@dataclass(eq=False, slots=True)
class HearCallback:
    """Looks at the session that a callback names. `hearing`: how many are being heard."""

    runs: RunTable
    looks: SharedLooks[CallbackOutcome]
    signer: CallbackSigner
    record: Record
    clock: Clock
    hearing: int = field(default=0, init=False)

    async def __call__(self, run_id: str, session_id: str, tasks: Tasks) -> CallbackOutcome:
        """Handle a callback to a run's own address that names a session (lower-case GUID).

        Raises StorageUnavailableError, DataverseError and CrowdedError: then the watch on the run
        remains. Whoever stops waiting ends nothing that was begun.
        """
        if self.hearing >= HEARING_LIMIT:
            raise CrowdedError(f"{HEARING_LIMIT} callbacks are being heard")
        self.hearing += 1
        try:
            outcome = await self._heard(run_id, session_id, tasks)
        finally:
            self.hearing -= 1
        tracing.count("broker.callbacks", outcome=outcome.value)
        return outcome

    async def _heard(self, run_id: str, session_id: str, tasks: Tasks) -> CallbackOutcome:
        found = await tasks.store(partial(self._read, run_id, session_id))
        if isinstance(found, CallbackOutcome):
            return found
        hint, kind = Hint(run_id, session_id), tracing.Kind.SERVER
        with tracing.span("run.callback", of=found.run.trace, kind=kind, run_id=run_id) as span:
            outcome = await self.looks(hint, partial(self._seen, found, session_id), tasks)
            span.tell(outcome=outcome.value)
            return outcome

    def _read(self, run_id: str, session_id: str) -> StoredRun | CallbackOutcome:
        """Give the run whose session has to be looked at, or what can be said without that."""
        stored = self.runs.read(run_id)
        if stored is None:
            return CallbackOutcome.UNKNOWN_RUN
        run = stored.run
        if run.final or session_id in run.past_sessions:
            return CallbackOutcome.KNOWN
        if run.flow_session_id not in (None, session_id):
            return self._other(run_id, session_id, "the run has another session")
        return stored

    def _seen(
        self, stored: StoredRun, session_id: str, session: FlowSession | None
    ) -> CallbackOutcome:
        """Record what Dataverse shows of a session; None: it has none of this id."""
        run = stored.run
        if session is None:
            return self._not_found(stored, session_id)
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

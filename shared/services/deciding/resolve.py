"""Resolving: an operator decides what became of a submission that nobody can confirm."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.dataverse.errors import NotFoundError, RefusedError
from shared.domain.callback_url import run_named_by
from shared.domain.evidence import decided, exact
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.identifiers import is_run_id, lane_of
from shared.domain.resolution import SESSION, Action, Resolution
from shared.domain.run import Run, RunError
from shared.domain.run.again import requeue
from shared.domain.run.decision import Decision
from shared.domain.run.steps import decide, give_up, may_be_resolved
from shared.domain.session import FlowSession
from shared.services.following.confirm import Confirm
from shared.services.following.record import Record
from shared.services.following.rivals import rivals
from shared.services.ports import Clock, FlowSessions
from shared.services.refusals import (
    NotUnconfirmedError,
    SessionsFoundError,
    StillConfirmingError,
)
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import SessionTakenError
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class Resolve:
    """Carries out a decision, once: the run is `Unconfirmed` no more."""

    runs: RunTable
    lanes: LaneTable
    sessions: FlowSessions
    record: Record
    confirm: Confirm
    clock: Clock

    def __call__(self, run_id: str, resolution: Resolution) -> Run | None:
        """Resolve a run; give the run after it, None if there is none.

        Raises NotUnconfirmedError, SessionsFoundError, StillConfirmingError, InvalidRequestError,
        SessionTakenError, StorageUnavailableError and DataverseError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        if not may_be_resolved(stored.run):
            if _is_done(stored.run, resolution):
                return stored.run
            raise NotUnconfirmedError(stored.run.status)
        run = self._carry_out(stored, resolution)
        if run.decision is None or not _is_done(run, resolution):
            raise NotUnconfirmedError(run.status)  # it came out otherwise meanwhile
        event(
            "run.resolved",
            run_id=run.id,
            lane=lane_of(run.id),
            action=resolution.action.value,
            by=resolution.by,
            reason=resolution.reason,
            forced=resolution.force or None,
            status=run.status.value,
            flow_session_id=run.flow_session_id,
        )
        return run

    def _carry_out(self, stored: StoredRun, resolution: Resolution) -> Run:
        at, claim = self.clock.now(), stored.run.claim or ""
        decision = Decision(
            resolution.action.value,
            at,
            resolution.by,
            resolution.reason,
            resolution.session_id,
            forced=resolution.force,
        )
        if resolution.action is Action.ADOPT:
            return self._adopt(stored, resolution.session_id or "", decision)
        if resolution.action is Action.FAIL:
            return self._decide(stored, lambda run: give_up(run, claim, at=at), decision)
        self._check_absence(stored.run, resolution)
        return self._decide(
            stored, lambda run: requeue(run, claim, at=at, error=_RESUBMITTED), decision
        )

    def _check_absence(self, run: Run, resolution: Resolution) -> None:
        """Make sure that no robot works for a run that is to be submitted again, as if by itself.

        With force an operator answers for that; for a run that has a session nobody can.
        """
        if not run.awaits_answer:
            raise NotUnconfirmedError(run.status)
        if resolution.force:
            return
        try:
            sought = self.confirm.search(run)
        except RefusedError as refusal:
            raise SessionsFoundError((), refusal.answer) from refusal
        found = sought.matched
        told = (*(each.told for each in found.marked), *found.candidates)
        if told or (sought.late and not found.absent):
            raise SessionsFoundError(told)
        if not sought.late:
            raise StillConfirmingError(self.confirm.proven_at(run))

    def _decide(self, stored: StoredRun, step: Callable[[Run], Run], decision: Decision) -> Run:
        return self.record.step(stored, lambda run: decide(run, step, decision))

    def _adopt(self, stored: StoredRun, session_id: str, decision: Decision) -> Run:
        if not stored.run.awaits_answer:
            raise NotUnconfirmedError(stored.run.status)
        try:
            session = self.sessions.session(session_id)
        except NotFoundError:
            raise _no_session("must be a flow session that Dataverse has") from None
        if session.workflow_id not in (None, stored.run.request.workflow_id):
            raise _no_session("must be a flow session of the run's own desktop flow")
        if run_named_by(session.callback_url) not in (None, stored.run.id):
            raise SessionTakenError(f"flow session {session_id} carries another run's callback URL")
        if session_id in stored.run.given_up_sessions:
            raise SessionTakenError(f"flow session {session_id} is one that the broker gave up")
        owners = (self.runs.owner_of(lane_id, session_id) for lane_id in self.lanes.ids())
        if any(owner not in (None, stored.run.id) for owner in owners):
            raise SessionTakenError(f"flow session {session_id} is another run's")
        if exact(stored.run, session, self.confirm.signer) is None:
            self._check_rivals(stored.run, session)
        evidence = decided(stored.run, session)
        return self.record.adopt(stored, evidence, by="operator", decision=decision)

    def _check_rivals(self, run: Run, session: FlowSession) -> None:
        """See that a session without the run's mark is of no other run that awaits an answer."""
        for rival in rivals(run, self.lanes.ids(), self.lanes, self.runs):
            if rival.run is None:
                raise SessionTakenError(
                    f"flow session {session.id} may be that of run {rival.run_id}, whose row cannot"
                    " be read"
                )
            if exact(rival.run, session, self.confirm.signer):
                raise SessionTakenError(f"flow session {session.id} carries another run's mark")


def _is_done(run: Run, resolution: Resolution) -> bool:
    """Say whether this very decision was carried out before, as when its answer was lost."""
    made = run.decision
    return made is not None and (made.action, made.session_id, made.by, made.reason) == (
        resolution.action.value,
        resolution.session_id,
        resolution.by,
        resolution.reason,
    )


_RESUBMITTED = RunError(
    "Resubmitted", "an operator decided that the last submission made no flow session"
)


def _no_session(must: str) -> InvalidRequestError:
    return InvalidRequestError(Fault(SESSION, "InvalidValue", must))

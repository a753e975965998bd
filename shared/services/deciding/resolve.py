"""Resolving: an operator decides what became of a submission that nobody can confirm."""

from dataclasses import dataclass

from shared.dataverse.errors import NotFoundError
from shared.domain.identifiers import is_run_id, lane_of
from shared.domain.request import Fault, InvalidRequestError
from shared.domain.resolution import SESSION, Action, Resolution
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.steps import give_up, requeue
from shared.services.following.record import Record
from shared.services.ports import Clock, FlowSessions
from shared.services.refusals import NotUnconfirmedError
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
    clock: Clock

    def __call__(self, run_id: str, resolution: Resolution) -> Run | None:
        """Resolve a run; give the run after it, None if there is none.

        Raises NotUnconfirmedError, InvalidRequestError, SessionTakenError,
        StorageUnavailableError and DataverseError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        if stored.run.status is not RunStatus.UNCONFIRMED:
            raise NotUnconfirmedError(stored.run.status)
        run = self._carry_out(stored, resolution)
        event(
            "run.resolved",
            run_id=run.id,
            lane=lane_of(run.id),
            action=resolution.action.value,
            status=run.status.value,
            flow_session_id=run.flow_session_id,
        )
        return run

    def _carry_out(self, stored: StoredRun, resolution: Resolution) -> Run:
        at, claim = self.clock.now(), stored.run.claim or ""
        if resolution.action is Action.ADOPT:
            return self._adopt(stored, resolution.session_id or "")
        if resolution.action is Action.FAIL:
            return self.record.step(stored, lambda run: give_up(run, claim, at=at))
        return self.record.step(stored, lambda run: requeue(run, claim, at=at, error=_RESUBMITTED))

    def _adopt(self, stored: StoredRun, session_id: str) -> Run:
        try:
            session = self.sessions.session(session_id)
        except NotFoundError:
            raise _no_session("must be a flow session that Dataverse has") from None
        if session.workflow_id not in (None, stored.run.request.workflow_id):
            raise _no_session("must be a flow session of the run's own desktop flow")
        owners = (self.runs.owner_of(lane_id, session_id) for lane_id in self.lanes.ids())
        if any(owner not in (None, stored.run.id) for owner in owners):
            raise SessionTakenError(f"flow session {session_id} is another run's")
        return self.record(stored, session, by="operator")


_RESUBMITTED = RunError(
    "Resubmitted", "an operator decided that the last submission made no flow session"
)


def _no_session(must: str) -> InvalidRequestError:
    return InvalidRequestError(Fault(SESSION, "InvalidValue", must))

"""Cancelling: a queued run at once, any other when its session is known and Dataverse agrees."""

from dataclasses import dataclass

from shared.dataverse.errors import DataverseError, RefusedError
from shared.domain.identifiers import is_run_id, lane_of
from shared.domain.run import Run, RunStatus
from shared.domain.run.steps import cancel
from shared.services.following.record import Record, tell_not_cancelled
from shared.services.ports import Clock, FlowSessions
from shared.services.refusals import CancelRefusedError, RunFinalError
from shared.storage.runs import RunTable
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancels one run. Whatever fails after the request was written is done by the next look."""

    runs: RunTable
    sessions: FlowSessions
    record: Record
    clock: Clock

    def __call__(self, run_id: str) -> Run | None:
        """Ask for a run to be cancelled; give the run after it, None if there is none.

        Raises RunFinalError, CancelRefusedError and StorageUnavailableError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        if stored.run.status is RunStatus.CANCELLED:
            return stored.run  # asked twice, or cancelled in Dataverse: it is as it was to be
        if stored.run.final:
            raise RunFinalError(stored.run.status)
        at = self.clock.now()
        run = self.runs.change(stored, lambda run: cancel(run, at=at))
        event("run.cancelling", run_id=run.id, lane=lane_of(run.id), status=run.status.value)
        if run.final and run.status is not RunStatus.CANCELLED:
            raise RunFinalError(run.status)
        return self.carry_out(run)

    def carry_out(self, run: Run) -> Run:
        """Cancel the session of a run that is to be cancelled, if it has one; give the run after.

        Raises CancelRefusedError and StorageUnavailableError.
        """
        session_id = run.flow_session_id
        if run.final or session_id is None:
            return run
        try:
            self.sessions.cancel(session_id)
        except RefusedError as refusal:
            return self._refused(run, session_id, refusal)
        except DataverseError as error:
            tell_not_cancelled(run, error)
        return run

    def _refused(self, run: Run, session_id: str, refusal: RefusedError) -> Run:
        """Look at the session: one that has ended cannot be cancelled, and that is no error."""
        try:
            session = self.sessions.session(session_id)
        except DataverseError as error:
            if refusal.answer.forbidden or isinstance(error, RefusedError):
                raise CancelRefusedError(refusal.answer) from refusal
            # It may have ended, and the refusal mean no more than that: the next look tells.
            tell_not_cancelled(run, error)
            return run
        stored = self.runs.read(run.id)
        if not session.finished or stored is None:
            raise CancelRefusedError(refusal.answer) from refusal
        return self.record(stored, session, by="cancellation")

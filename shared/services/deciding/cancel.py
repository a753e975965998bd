"""Cancelling: a queued run at once, any other when its session is known and Dataverse agrees."""

import logging
from dataclasses import dataclass

from shared.dataverse.errors import DataverseError, RefusedError
from shared.domain.identifiers import is_run_id, lane_of
from shared.domain.run import Run, RunStatus
from shared.domain.run.steps import cancel
from shared.services.following.record import Record
from shared.services.ports import Clock, Dataverse, FlowSessions
from shared.services.refusals import CancelRefusedError, RunFinalError
from shared.storage.runs import RunTable
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancels one run. Whatever fails after the request was written is done by the next look."""

    runs: RunTable
    dataverse: Dataverse
    record: Record
    clock: Clock

    def __call__(self, run_id: str) -> Run | None:
        """Ask for a run to be cancelled; give the run after it, None if there is none.

        Raises RunFinalError, CancelRefusedError and StorageUnavailableError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        if stored.run.final:
            raise RunFinalError(stored.run.status)
        at = self.clock.now()
        run = self.runs.change(stored, lambda run: cancel(run, at=at))
        event("run.cancelling", run_id=run.id, lane=lane_of(run.id), status=run.status.value)
        if run.final and run.status is not RunStatus.CANCELLED:
            raise RunFinalError(run.status)
        if run.final or run.flow_session_id is None:
            return run
        return self._cancel_session(run, run.flow_session_id)

    def _cancel_session(self, run: Run, session_id: str) -> Run:
        try:
            self.dataverse.cancel(session_id)
        except RefusedError as refusal:
            return self._refused(run, session_id, refusal)
        except DataverseError as error:
            _tell_failure(run, error)
        return run

    def _refused(self, run: Run, session_id: str, refusal: RefusedError) -> Run:
        """Look at the session: one that has ended cannot be cancelled, and that is no error."""
        try:
            session = self.dataverse.session(session_id)
        except DataverseError as error:
            if refusal.answer.forbidden or isinstance(error, RefusedError):
                raise CancelRefusedError(refusal.answer) from refusal
            # It may have ended, and the refusal mean no more than that: the next look tells.
            _tell_failure(run, error)
            return run
        stored = self.runs.read(run.id)
        if not session.finished or stored is None:
            raise CancelRefusedError(refusal.answer) from refusal
        return self.record(stored, session, by="cancellation")


def carry_out(dataverse: FlowSessions, run: Run) -> None:
    """Cancel the session of a run that was to be cancelled before its session was known.

    Doing it twice is harmless; a failure is left to the next look.
    """
    if run.cancel_requested_at is None or run.status is not RunStatus.RUNNING:
        return
    try:
        dataverse.cancel(run.flow_session_id or "")
    except DataverseError as error:
        _tell_failure(run, error)


def _tell_failure(run: Run, error: DataverseError) -> None:
    event(
        "run.not_cancelled_yet",
        level=logging.WARNING,
        run_id=run.id,
        flow_session_id=run.flow_session_id,
        reason=str(error),
    )

"""Recording what Dataverse says of a run's session, with all that follows from it, in one step."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from shared.dataverse.errors import Answer, DataverseError
from shared.domain.evidence import Evidence
from shared.domain.identifiers import lane_of
from shared.domain.lane import LAST_BACK_OFF, Setback
from shared.domain.pause import Why
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.decision import Decision
from shared.domain.run.steps import adopt, lose, note_doubles, observe
from shared.domain.run.unreadable import cannot_read
from shared.domain.session import THROTTLED, UNREADABLE, FlowSession
from shared.services.following.learnt import Learnt
from shared.services.ports import Clock, FlowSessions
from shared.services.wake import Waker
from shared.storage.runs import RunTable, StoredRun
from shared.telemetry import event

THROTTLED_MS = 1_000
"""How long a lane pauses for a throttled session at first; twice as long for a run's next."""


@dataclass(frozen=True, slots=True)
class Record:
    """Writes what a session's row says to its run, as often as it is told, once.

    Whatever brings a session to light ends here, so that nobody can do it by halves: a lane whose
    run is queued again is woken, double sessions are cancelled, and a cancellation that had to wait
    for the session is carried out.
    """

    runs: RunTable
    sessions: FlowSessions
    learnt: Learnt
    waker: Waker
    clock: Clock
    polling: Polling

    def __call__(self, stored: StoredRun, session: FlowSession, *, by: str) -> Run:
        """Record what Dataverse says of the run's own session; give the run after it.

        A session that the run does not have changes nothing: that takes evidence (`adopt`).
        """
        at = self.clock.now()
        return self._observed(
            stored, session, lambda run: observe(run, session, at=at, polling=self.polling), by=by
        )

    def adopt(
        self,
        stored: StoredRun,
        evidence: Evidence,
        *,
        by: str,
        others: Sequence[Evidence] = (),
        decision: Decision | None = None,
    ) -> Run:
        """Take a session as the run's, if it has none, and record it; give the run after it.

        `others`: further sessions that carry a mark of the run; all but its own are noted as
        doubles. `decision`: the operator's, who says that the session is the run's.
        Raises SessionTakenError and StorageUnavailableError.
        """
        at, session = self.clock.now(), evidence.session
        found = (session, *(other.session for other in others))

        def adopted(run: Run) -> Run:
            after = adopt(run, session.id, at=at, polling=self.polling)
            if decision is not None:
                if after == run:
                    return run  # it came out otherwise: nobody's session is touched for that
                after = replace(after, decision=decision)
            after = observe(after, session, at=at, polling=self.polling)
            return note_doubles(after, [each.id for each in found], at=at)

        over = [each.id for each in found if each.finished]
        return self._observed(stored, session, adopted, by=by, over=over)

    def _observed(
        self,
        stored: StoredRun,
        session: FlowSession,
        step: Callable[[Run], Run],
        *,
        by: str,
        over: Collection[str] = (),
    ) -> Run:
        """Take a step by what a session shows, tell of it, and learn what Dataverse keeps."""
        before = stored.run
        run = self.step(stored, step, over=over)
        if run.flow_session_id == session.id:
            self.learnt.learn(session, run)
        if run.status is not before.status or run.flow_session_id != before.flow_session_id:
            event(
                "run.observed",
                level=logging.INFO if run.error is None else logging.WARNING,
                run_id=run.id,
                lane=lane_of(run.id),
                status=run.status.value,
                flow_session_id=session.id,
                statuscode=session.statuscode,
                code=run.error.code if run.error else None,
                by=by,
            )
        return run

    def step(
        self, stored: StoredRun, step: Callable[[Run], Run], *, over: Collection[str] = ()
    ) -> Run:
        """Take a step that says what a run's session is or is not, and do what follows from it.

        `over`: sessions that are known to have ended, which nobody has to cancel.
        """
        before = stored.run
        run = self.runs.change(stored, step)
        for session_id in run.double_sessions:
            if session_id not in before.double_sessions and session_id not in over:
                self._cancel_double(run, session_id, given_up=session_id == before.flow_session_id)
        self._carry_out_cancellation(run)
        if run.status is RunStatus.QUEUED and before.status is not RunStatus.QUEUED:
            if len(run.past_sessions) > len(before.past_sessions):
                self._let_rest_if_throttled(run)
            self.waker.wake_soon(lane_of(run.id))
        return run

    def missing(self, stored: StoredRun, session_id: str) -> Run:
        """Record that Dataverse no longer has the session of a run."""
        at = self.clock.now()
        event("run.session_missing", level=logging.WARNING, run_id=stored.run.id)
        return self.step(stored, lambda run: lose(run, session_id, at=at))

    def unreadable(self, stored: StoredRun, answer: Answer) -> Run:
        """Note that Dataverse does not let the app read a run's session, and how it says so.

        What may not be read may perhaps be cancelled.
        """
        at, error = self.clock.now(), unreadable_by(answer)
        session_id, polling = stored.run.flow_session_id or "", self.polling
        run = self.step(
            stored, lambda run: cannot_read(run, session_id, error, at=at, polling=polling)
        )
        if run.error != stored.run.error:
            event(
                "run.unreadable",
                level=logging.WARNING,
                run_id=run.id,
                flow_session_id=run.flow_session_id,
                reason=error.message,
            )
        return run

    def _let_rest_if_throttled(self, run: Run) -> None:
        """Have the lane of a run pause whose session was throttled, longer each time.

        It was accepted before, so nothing else would keep it from being submitted at once again.
        """
        if run.error is not None and run.error.code == THROTTLED:
            asked = THROTTLED_MS << min(len(run.past_sessions) - 1, 10)
            setback = Setback(Why.THROTTLED, run.error.message, asked=min(asked, LAST_BACK_OFF))
            self.waker.let_rest(lane_of(run.id), setback)

    def _carry_out_cancellation(self, run: Run) -> None:
        """Cancel the session of a run that was to be cancelled; doing it twice is harmless."""
        if run.cancel_requested_at is None or run.status is not RunStatus.RUNNING:
            return
        try:
            self.sessions.cancel(run.flow_session_id or "")
        except DataverseError as error:
            tell_not_cancelled(run, error)

    def _cancel_double(self, run: Run, session_id: str, *, given_up: bool) -> None:
        """Cancel a session beyond a run's own, or one given up: the robot is to work once.

        The run and its row `double:` name it already, so a failure is left to the sweep.
        """
        event(
            "run.session_given_up" if given_up else "run.double_session",
            level=logging.ERROR,
            run_id=run.id,
            flow_session_id=session_id,
            own_session=run.flow_session_id,
        )
        try:
            self.sessions.cancel(session_id)
        except DataverseError as error:
            event("run.double_not_cancelled", flow_session_id=session_id, reason=str(error))


def unreadable_by(answer: Answer) -> RunError:
    """Say in an error that flow sessions may not be read, in Dataverse's own words."""
    return RunError(
        UNREADABLE,
        f"Dataverse does not let the app read the flow session: {answer.message}",
        details=answer.code or None,
        status=answer.status,
        robot_may_have_started=True,
    )


def tell_not_cancelled(run: Run, error: DataverseError) -> None:
    """Tell that a session could not be cancelled yet; the next look tries again."""
    event(
        "run.not_cancelled_yet",
        level=logging.WARNING,
        run_id=run.id,
        flow_session_id=run.flow_session_id,
        reason=str(error),
    )

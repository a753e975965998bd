"""Confirming: what became of a submission whose answer was never recorded.

The session, if there is one, carries the run's own callback URL. Where Dataverse is known to keep
those, "none", asked long enough after the sending ended, means that there is none; otherwise it
proves nothing, and the run stays `Unconfirmed`.
"""

from dataclasses import dataclass, replace

from shared.domain.callback_url import CallbackSigner
from shared.domain.identifiers import lane_of
from shared.domain.run import Polling, Run, RunError, RunStatus, look_again, requeue
from shared.domain.session import FlowSession
from shared.domain.window import Pace
from shared.services.ports import Clock, Dataverse
from shared.services.sessions import CallbackUrls, Record, cancel_double
from shared.services.wake import Waker
from shared.storage.runs import RunTable, StoredRun
from shared.telemetry import event

ASK_AGAIN_MS = 30_000


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asks Dataverse about one run that awaits an answer. `absent_ms`: the wait before "none"."""

    runs: RunTable
    dataverse: Dataverse
    signer: CallbackSigner
    callback_base: str | None
    urls: CallbackUrls
    record: Record
    waker: Waker
    clock: Clock
    pace: Pace
    polling: Polling
    absent_ms: int

    def __call__(self, stored: StoredRun) -> None:
        """Adopt the run's session, put the run back, or look again; raises DataverseError."""
        run = stored.run
        if not run.awaits_answer or run.watch_at is None:
            return
        asked_at = self.clock.now()
        sessions = self._sessions_of(run)
        if sessions:
            self._adopt(stored, sessions)
        elif self._is_absent(run, asked_at):
            self._put_back(stored)
        else:
            self._ask_again(stored)

    def _sessions_of(self, run: Run) -> list[FlowSession]:
        if self.callback_base is None:
            return []
        urls = self.signer.urls(self.callback_base, run.id)
        found = self.dataverse.sessions_called_back_at(urls)
        return [session for session in found if session.id not in run.past_sessions]

    def _adopt(self, stored: StoredRun, sessions: list[FlowSession]) -> None:
        """Keep the first session, and cancel the others: the robot is to work once."""
        first, *others = sessions
        run = self.record(stored, first, by="confirmation", others=[each.id for each in others])
        for session in sessions:
            if session.id in run.double_sessions and not session.finished:
                cancel_double(self.dataverse, run, session.id)

    def _is_absent(self, run: Run, asked_at: int) -> bool:
        """Say whether "none found" proves that there is no session.

        The wait counts up to the asking: a session may come while the answer is on its way.
        """
        waited = asked_at - ((run.claimed_at or 0) + self.pace.deadline)
        return self.callback_base is not None and waited >= self.absent_ms and self.urls.are_kept()

    def _put_back(self, stored: StoredRun) -> None:
        at = self.clock.now()
        claim = stored.run.claim or ""
        error = RunError(
            "SubmissionLost",
            "Dataverse has no session of the last submission; it is made again",
            robot_may_have_started=False,
        )
        run = self.runs.change(stored, lambda run: requeue(run, claim, at=at, error=error))
        event("run.requeued", run_id=run.id, lane=lane_of(run.id), code=error.code)
        self.waker.wake_soon(lane_of(run.id))

    def _ask_again(self, stored: StoredRun) -> None:
        at = self.clock.now()

        def step(run: Run) -> Run:
            if not run.awaits_answer or run.claim != stored.run.claim:
                return run
            waiting = replace(run, status=RunStatus.UNCONFIRMED, error=run.error or _NO_ANSWER)
            return look_again(waiting, at + ASK_AGAIN_MS)

        self.runs.change(stored, step)


_NO_ANSWER = RunError(
    "OutcomeUnknown", "the submission ended without an answer; Dataverse is asked what became of it"
)

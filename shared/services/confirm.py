"""Confirming: what became of a submission whose answer was never recorded.

The session, if there is one, carries the run's own callback URL. Where Dataverse is known to keep
those, "none", asked long enough after the sending ended, means that there is none. Where it is not,
or the app has no public address, the run is matched with the sessions that nobody owns; if that is
not unique, it stays `Unconfirmed` until somebody resolves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.callback_url import CallbackSigner
from shared.domain.identifiers import lane_of
from shared.domain.matching import Unmatched, earliest_creation
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.session import FlowSession
from shared.domain.steps import look_again, requeue
from shared.domain.window import Pace
from shared.services.cancel import carry_out
from shared.services.match import Match
from shared.services.ports import Clock, FlowSessions
from shared.services.sessions import CallbackUrls, Record, cancel_double
from shared.services.wake import Waker
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import SessionTakenError
from shared.telemetry import event

ASK_AGAIN_MS = 30_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The sessions that carry a run's callback URL, oldest first, as of when it was asked (ms)."""

    at: int
    sessions: tuple[FlowSession, ...]


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asks Dataverse about one run that awaits an answer. `absent_ms`: the wait before "none"."""

    runs: RunTable
    dataverse: FlowSessions
    signer: CallbackSigner
    match: Match
    urls: CallbackUrls
    record: Record
    waker: Waker
    clock: Clock
    pace: Pace
    polling: Polling
    absent_ms: int

    def ask(self, runs: Sequence[Run]) -> dict[str, Asked]:
        """Ask for the sessions that carry these runs' callback URLs, all in one query.

        Raises DataverseError.
        """
        asked_at = self.clock.now()
        urls = [
            url
            for run in runs
            if run.callback_base is not None
            for url in self.signer.urls(run.callback_base, run.id)
        ]
        found = self.dataverse.sessions_called_back_at(urls) if urls else []
        if len(runs) == 1:
            return {runs[0].id: Asked(asked_at, tuple(found))}
        owned = {
            run.id: [each for each in found if self.signer.owns(each.callback_url, run.id)]
            for run in runs
        }
        if sum(map(len, owned.values())) < len(found):  # whose they are, only single queries tell
            return {run.id: self.ask([run])[run.id] for run in runs}
        return {run_id: Asked(asked_at, tuple(sessions)) for run_id, sessions in owned.items()}

    def __call__(self, stored: StoredRun, asked: Asked | None = None) -> None:
        """Adopt the run's session, put the run back, or look again; raises DataverseError.

        `asked`: what was found of it by its callback URL, if that was asked for already.
        """
        run = stored.run
        if not run.awaits_answer or run.watch_at is None:
            return
        asked = asked or self.ask([run])[run.id]
        asked_at = asked.at
        try:
            found = self._sessions_of(run, asked)
            if isinstance(found, list) and found:
                self._adopt(stored, found)
            elif found is Unmatched.AMBIGUOUS:
                self._ask_again(stored, _AMBIGUOUS, self.polling.last)
            elif asked_at >= self._proven_at(run):
                if self._carried_with_another_signature(run):
                    self._ask_again(stored, _STRANGE_SIGNATURE, self.polling.last)
                else:
                    self._put_back(stored)
            else:
                wait = min(ASK_AGAIN_MS, self._proven_at(run) - asked_at)
                self._ask_again(stored, _NO_ANSWER, wait)
        except SessionTakenError:
            self._ask_again(stored, _AMBIGUOUS, ASK_AGAIN_MS)

    def _sessions_of(self, run: Run, asked: Asked) -> list[FlowSession] | Unmatched:
        """Find the run's sessions: by its callback URL, else by what else is known of them."""
        if run.callback_base is not None:
            sessions = [each for each in asked.sessions if each.id not in run.past_sessions]
            if sessions or self.urls.are_kept():
                return sessions
        matched = self.match(run)
        return matched if isinstance(matched, Unmatched) else [matched]

    def _carried_with_another_signature(self, run: Run) -> bool:
        """Say whether a session carries this run's address as the app would not sign it today.

        If the key that signed was taken away, "none at our address" proves nothing. Nor is another
        signature believed: whoever may start the desktop flow could have made it up.
        """
        if run.callback_key is None or self.signer.has_key(run.callback_key):
            return False
        since = self.dataverse.sessions_since(run.request.workflow_id, earliest_creation(run))
        return any(
            self.signer.names(session.callback_url, run.id)
            for session in since
            if session.id not in run.past_sessions
        )

    def _adopt(self, stored: StoredRun, sessions: list[FlowSession]) -> None:
        """Keep the first session, and cancel the others: the robot is to work once."""
        first, *others = sessions
        run = self.record(stored, first, by="confirmation", others=[each.id for each in others])
        for session in sessions:
            if session.id in run.double_sessions and not session.finished:
                cancel_double(self.dataverse, run, session.id)
        carry_out(self.dataverse, run)

    def _proven_at(self, run: Run) -> int:
        """Tell from when on "none found" proves that there is no session.

        What counts is when it was asked: a session may come while the answer is on its way.
        """
        return (run.claimed_at or 0) + self.pace.deadline + self.absent_ms

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

    def _ask_again(self, stored: StoredRun, why: RunError, wait: int) -> None:
        at = self.clock.now()

        def step(run: Run) -> Run:
            if not run.awaits_answer or run.claim != stored.run.claim:
                return run
            error = run.error or why if why is _NO_ANSWER else why
            return look_again(replace(run, status=RunStatus.UNCONFIRMED, error=error), at + wait)

        self.runs.change(stored, step)


_NO_ANSWER = RunError(
    "OutcomeUnknown", "the submission ended without an answer; Dataverse is asked what became of it"
)
_AMBIGUOUS = RunError(
    "SeveralSessions",
    "the submission ended without an answer, and several flow sessions or several runs like this"
    " one could belong together: look at the sessions, then resolve the run",
)
_STRANGE_SIGNATURE = RunError(
    "StrangeSignature",
    "the submission ended without an answer, and a flow session carries this run's callback address"
    " with a signature that none of the app's keys made",
)

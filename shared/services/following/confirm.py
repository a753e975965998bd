"""Confirming: what became of a submission whose answer was never recorded.

The session, if there is one, carries the run's own callback URL. Where Dataverse is known to keep
those, "none", asked long enough after the sending ended, means that there is none. Where it is not,
or the app has no public address, the run is matched with the sessions that nobody owns; if that is
not unique, it stays `Unconfirmed` until somebody resolves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.dataverse.errors import Answer
from shared.domain.callback_url import CallbackSigner
from shared.domain.identifiers import lane_of
from shared.domain.matching import Unmatched, earliest_creation
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.again import requeue_lost
from shared.domain.run.steps import look_again
from shared.domain.run.unreadable import cannot_confirm
from shared.domain.session import UNREADABLE, FlowSession
from shared.domain.window import Pace
from shared.services.following.match import Match
from shared.services.following.record import CallbackUrls, Record, unreadable_by
from shared.services.ports import Clock, FlowSessions
from shared.storage.runs import StoredRun
from shared.storage.table import SessionTakenError
from shared.telemetry import event

ASK_AGAIN_MS = 30_000


RUNS_A_REQUEST = 50
"""For how many runs one query asks: each has a URL of its own, or two while the key is changed."""


@dataclass(frozen=True, slots=True)
class Found:
    """The sessions that carry the callback URL of one of some runs, asked for at `asked_at`.

    `proves`: whether Dataverse is known to keep those URLs.
    """

    asked_at: int
    sessions: tuple[FlowSession, ...]
    proves: bool


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asks Dataverse about runs that await an answer. `absent_ms`: the wait before "none"."""

    sessions: FlowSessions
    signer: CallbackSigner
    match: Match
    urls: CallbackUrls
    record: Record
    clock: Clock
    pace: Pace
    polling: Polling
    absent_ms: int

    def ask(self, batch: Sequence[StoredRun]) -> Found:
        """Ask for all sessions that carry the callback URL of one of these runs.

        Raises DataverseError and StorageUnavailableError.
        """
        asked_at = self.clock.now()
        runs = [stored.run for stored in batch]
        urls = [
            url
            for run in runs
            if run.callback_base is not None
            for url in self.signer.urls(run.callback_base, run.id)
        ]
        sessions = self.sessions.sessions_called_back_at(urls) if urls else []
        return Found(asked_at, tuple(sessions), proves=self.urls.are_kept())

    def has_to_match(self, run: Run, found: Found) -> bool:
        """Say whether looking at this run takes requests of its own."""
        told = run.callback_base is not None and found.proves
        return not told and not self._carrying(run, found)

    def __call__(self, stored: StoredRun, found: Found) -> None:
        """Adopt the run's session, put the run back, or look again; raises DataverseError."""
        run, asked_at = stored.run, found.asked_at
        if not run.awaits_answer or run.watch_at is None:
            return
        try:
            sessions = self._sessions_of(run, found)
            if isinstance(sessions, list) and sessions:
                self._adopt(stored, sessions)
            elif sessions is Unmatched.AMBIGUOUS:
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

    def unreadable(self, stored: StoredRun, answer: Answer) -> None:
        """Note that Dataverse does not let the app look for the run's session."""
        at, claim, error = self.clock.now(), stored.run.claim or "", unreadable_by(answer)
        self.record.step(
            stored, lambda run: cannot_confirm(run, claim, error, at=at, polling=self.polling)
        )

    def _sessions_of(self, run: Run, found: Found) -> list[FlowSession] | Unmatched:
        """Find the run's sessions: by its callback URL, else by what else is known of them."""
        if not self.has_to_match(run, found):
            return self._carrying(run, found)
        matched = self.match(run)
        return matched if isinstance(matched, Unmatched) else [matched]

    def _carrying(self, run: Run, found: Found) -> list[FlowSession]:
        """Pick the sessions that carry the run's own callback URL, oldest first."""
        own = [
            session
            for session in found.sessions
            if self.signer.owns(session.callback_url, run.id)
            and session.id not in run.past_sessions
        ]
        return sorted(own, key=lambda session: session.created_at or 0)

    def _carried_with_another_signature(self, run: Run) -> bool:
        """Say whether a session carries this run's address as the app would not sign it today.

        If the key that signed was taken away, "none at our address" proves nothing. Nor is another
        signature believed: whoever may start the desktop flow could have made it up.
        """
        if run.callback_key is None or self.signer.has_key(run.callback_key):
            return False
        since = self.sessions.sessions_since(run.request.workflow_id, earliest_creation(run))
        return any(
            self.signer.names(session.callback_url, run.id)
            for session in since
            if session.id not in run.past_sessions
        )

    def _adopt(self, stored: StoredRun, sessions: list[FlowSession]) -> None:
        """Keep the first session, and cancel the others: the robot is to work once."""
        first, *others = sessions
        self.record(stored, first, by="confirmation", others=others)

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
        polling = self.polling
        run = self.record.step(
            stored, lambda run: requeue_lost(run, claim, at=at, error=error, polling=polling)
        )
        name = "run.submission_fails" if run.final else "run.requeued"
        code = run.error.code if run.error else error.code
        event(name, run_id=run.id, lane=lane_of(run.id), code=code, losses=run.losses)

    def _ask_again(self, stored: StoredRun, why: RunError, wait: int) -> None:
        at = self.clock.now()

        def step(run: Run) -> Run:
            if not run.awaits_answer or run.claim != stored.run.claim:
                return run
            known = None if run.error and run.error.code == UNREADABLE else run.error
            error = known or why if why is _NO_ANSWER else why
            return look_again(replace(run, status=RunStatus.UNCONFIRMED, error=error), at + wait)

        self.record.step(stored, step)


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

"""Confirming: what became of a submission whose answer was never recorded.

The session, if there is one, carries what only the run's own submission can have put there. Where
Dataverse is known to keep that, "none", asked long enough after the sending ended, means that there
is none. Where it is not, the run is matched with the sessions that nobody owns; where even that
leaves more than one answer, an operator decides.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared import tracing
from shared.dataverse.errors import Answer, UnreadableRowsError
from shared.domain.callback_url import CallbackSigner
from shared.domain.evidence import Evidence, exact, marked, marks
from shared.domain.identifiers import lane_of
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.again import requeue_lost
from shared.domain.run.decision import Candidate
from shared.domain.run.steps import look_again
from shared.domain.run.undecided import ask_operator
from shared.domain.run.unreadable import cannot_confirm
from shared.domain.session import UNREADABLE, FlowSession, MarkColumn
from shared.services.announcing.announce import Announce
from shared.services.following.learnt import Learnt
from shared.services.following.match import Match, Matched
from shared.services.following.record import Record, unreadable_by
from shared.services.following.sought import (
    AMBIGUOUS,
    NO_ANSWER,
    STRANGE_SIGNATURE,
    Found,
    Sought,
)
from shared.services.ports import Clock, FlowSessions
from shared.storage.runs import StoredRun
from shared.storage.table import SessionTakenError
from shared.telemetry import event

ASK_AGAIN_MS = 30_000


RUNS_A_REQUEST = 50
"""For how many runs one query asks: each has marks of its own, twice while the key is changed."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asks Dataverse about runs that await an answer, and acts by what it says."""

    sessions: FlowSessions
    signer: CallbackSigner
    match: Match
    learnt: Learnt
    record: Record
    announce: Announce
    clock: Clock
    polling: Polling

    def ask(self, runs: Sequence[Run]) -> Found:
        """Ask for all sessions that carry a mark of one of these runs.

        A callback URL is asked for before it is known to be kept: it may be, and then it tells.
        Raises DataverseError and StorageUnavailableError.
        """
        asked_at = self.clock.now()
        kept = self.learnt.kept_of(runs)
        sought = [
            mark
            for run in runs
            for mark in marks(run, self.signer, (*kept[run.id], MarkColumn.CALLBACK_URL))
        ]
        try:
            sessions = self.sessions.sessions_marked(sought) if sought else []
        except UnreadableRowsError as error:
            return Found(asked_at, error.readable, {})
        unexplained = [
            session
            for session in sessions
            if not any(self._accounts_for(run, session) for run in runs)
        ]
        if unexplained:
            return Found(asked_at, tuple(sessions), {}, tuple(unexplained))
        return Found(asked_at, tuple(sessions), kept)

    def has_to_match(self, run: Run, found: Found) -> bool:
        """Say whether looking at this run takes requests of its own."""
        return not found.asked.get(run.id) and not marked(run, found.sessions, self.signer)

    def __call__(self, stored: StoredRun, found: Found) -> None:
        """Adopt the run's session, put the run back, or look again; raises DataverseError."""
        run = stored.run
        if not run.awaits_answer or run.watch_at is None:
            return
        try:
            self._settle(stored, self._search(run, found), found.asked_at)
        except SessionTakenError:
            taken = [evidence.told for evidence in marked(run, found.sessions, self.signer)]
            self._ask_operator(stored, AMBIGUOUS, taken or run.candidates)

    def search(self, run: Run) -> Sought:
        """Look for the session of one run, and change nothing.

        Raises DataverseError and StorageUnavailableError.
        """
        return self._search(run, self.ask([run]))

    def proven_at(self, run: Run) -> int:
        """Tell from when on "none found" proves that there is no session (ms).

        What counts is when it was asked: a session may come while the answer is on its way.
        """
        return run.sent_by + self.match.sent_within

    def unreadable(self, stored: StoredRun, answer: Answer) -> None:
        """Note that Dataverse does not let the app look for the run's session."""
        at, claim, error = self.clock.now(), stored.run.claim or "", unreadable_by(answer)
        if at >= self.proven_at(stored.run):
            self._ask_operator(stored, error, ())
            return
        self.record.step(
            stored, lambda run: cannot_confirm(run, claim, error, at=at, polling=self.polling)
        )

    def _settle(self, stored: StoredRun, sought: Sought, asked_at: int) -> None:
        matched = sought.matched
        if matched.marked:
            self._adopt(stored, matched.marked)
        elif not sought.late:
            wait = min(ASK_AGAIN_MS, self.proven_at(stored.run) - asked_at)
            self._ask_again(stored, wait)
        elif matched.sole is not None and stored.run.needs_operator_at is None:
            self._adopt(stored, (matched.sole,))
        elif matched.absent:
            self._put_back(stored)
        else:
            why = STRANGE_SIGNATURE if sought.strange else AMBIGUOUS
            self._ask_operator(stored, why, matched.candidates)
        tracing.count("broker.confirmations", outcome=_outcome(matched, late=sought.late))

    def _search(self, run: Run, found: Found) -> Sought:
        """Find the run's sessions: by its marks, else by what else is known of them."""
        late = found.asked_at >= self.proven_at(run)
        own = marked(run, found.sessions, self.signer)
        if own:
            return Sought(Matched(own), late)
        if self.has_to_match(run, found):
            matched = self.match(run) if late else Matched(self.match.marked(run))
            return Sought(self.match.doubting(run, matched, found.unexplained), late)
        if late and self._key_is_gone(run):
            if MarkColumn.CALLBACK_URL not in found.asked[run.id]:
                return Sought(self.match(run), late)
            named = self.match.named(run)
            return Sought(named, late, strange=not named.absent)
        return Sought(Matched(absent=late), late)

    def _accounts_for(self, run: Run, session: FlowSession) -> bool:
        return session.id in run.sessions or exact(run, session, self.signer) is not None

    def _key_is_gone(self, run: Run) -> bool:
        """Say whether the key was taken away that signed the run's marks.

        Then "none" proves nothing. Nor is another signature believed: whoever may start the desktop
        flow could have made it up.
        """
        return run.callback_key is not None and not self.signer.has_key(run.callback_key)

    def _adopt(self, stored: StoredRun, found: Sequence[Evidence]) -> None:
        """Keep the first session, and cancel the others: the robot is to work once."""
        first, *others = found
        self.record.adopt(stored, first, by="confirmation", others=others)

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

    def _ask_again(self, stored: StoredRun, wait: int) -> None:
        at = self.clock.now()

        def step(run: Run) -> Run:
            if not run.awaits_answer or run.claim != stored.run.claim:
                return run
            unread = run.error is not None and run.error.code == UNREADABLE
            told = run.status is RunStatus.UNCONFIRMED and not unread
            error = (run.error if told else None) or NO_ANSWER  # an older one is about another try
            return look_again(replace(run, status=RunStatus.UNCONFIRMED, error=error), at + wait)

        self.record.step(stored, step)

    def _ask_operator(
        self, stored: StoredRun, why: RunError, candidates: Sequence[Candidate]
    ) -> None:
        at, claim = self.clock.now(), stored.run.claim or ""
        look_at = at + self.polling.last
        run = self.record.step(
            stored,
            lambda run: ask_operator(run, claim, why, candidates, at=at, look_at=look_at),
        )
        if run.needs_operator_at is None:
            return
        if run.needs_operator_at != stored.run.needs_operator_at:
            tracing.count("broker.needs_operator", code=why.code)
            event(
                "run.needs_operator",
                level=logging.ERROR,
                run_id=run.id,
                lane=lane_of(run.id),
                code=why.code,
                candidates=len(run.candidates),
            )
        after = self.record.runs.read(run.id)
        if after is not None:
            self.announce.needs_operator(after)


def _outcome(matched: Matched, *, late: bool) -> str:
    """Name what a look for a run's session came to, for the metric."""
    if matched.marked:
        return "found"
    if not late:
        return "not yet"
    if matched.sole is not None:
        return "matched"
    return "absent" if matched.absent else "undecided"

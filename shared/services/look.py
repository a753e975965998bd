"""Looking at one session that a poll has read, or that its query did not give."""

import logging
from dataclasses import dataclass

from shared.dataverse.errors import Answer, NotFoundError, RefusedError
from shared.domain.identifiers import lane_of
from shared.domain.run import Polling, RunError
from shared.domain.session import FlowSession
from shared.domain.steps import unreadable
from shared.services.cancel import carry_out
from shared.services.considerate import ConsiderateDataverse
from shared.services.ports import Clock
from shared.services.sessions import Record
from shared.services.wake import Waker
from shared.storage.runs import RunTable, StoredRun
from shared.telemetry import event

SINGLE_READS = 100
"""How many sessions that a query left out are read by themselves in one round."""


@dataclass(slots=True)
class SingleReads:
    """What is left of a round's single reads."""

    left: int = SINGLE_READS

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Look:
    """Writes to a run what is known of its session."""

    runs: RunTable
    dataverse: ConsiderateDataverse
    record: Record
    waker: Waker
    clock: Clock
    polling: Polling

    def __call__(
        self, stored: StoredRun, session: FlowSession | None, singles: SingleReads
    ) -> None:
        """Record the session, or find out why the query left it out; raises a DataverseError.

        A query leaves out what may not be read, and what is gone; only a read by itself tells.
        """
        session_id = stored.run.flow_session_id or ""
        if session is None:
            if not singles.take():
                return  # it stays due
            try:
                session = self.dataverse.session(session_id)
            except NotFoundError:
                self.record.missing(stored, session_id)
                return
            except RefusedError as refusal:
                self.note_unreadable(stored, refusal.answer)
                return
        run = self.record(stored, session, by="poll")
        if session.finished and not run.final:
            self.waker.wake_soon(lane_of(run.id))
        carry_out(self.dataverse, run)

    def note_unreadable(self, stored: StoredRun, answer: Answer) -> None:
        """Tell on the run that its session may not be read, and look again at its next turn."""
        session_id, at = stored.run.flow_session_id or "", self.clock.now()
        error = RunError(
            "FlowSessionUnreadable",
            f"Dataverse does not let the app read the flow session: {answer.message}",
            details=answer.code or None,
            status=answer.status,
            robot_may_have_started=True,
        )
        event(
            "run.unreadable",
            level=logging.WARNING,
            run_id=stored.run.id,
            code=answer.code,
            status=answer.status,
        )
        self.runs.change(
            stored, lambda run: unreadable(run, session_id, error, at=at, polling=self.polling)
        )

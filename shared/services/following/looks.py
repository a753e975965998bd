"""Looks at running sessions: 100 a query, and by itself what a query leaves out or fails of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from shared.dataverse.errors import (
    DataverseError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
)
from shared.domain.run import Polling
from shared.domain.session import FlowSession
from shared.services.following.asking import Group
from shared.services.following.overdue import tell_if_overdue
from shared.services.following.postponing import failed, later
from shared.services.rounds.round import Round
from shared.storage.runs import StoredRun

SESSIONS_A_REQUEST = 100
"""How many sessions one query asks for (the Dataverse contract, section 1)."""

Sessions = Mapping[str, FlowSession]


@dataclass(frozen=True, slots=True)
class Looks:
    """The queries for sessions by their ids, of one round."""

    this: Round
    polling: Polling

    @property
    def allowed(self) -> bool:
        return self.this.may_read

    def ask(self, group: Group) -> Sessions:
        return self.this.sessions.sessions([_session_id(stored) for stored in group])

    def answered(self, group: Group, answer: Sessions) -> None:
        """Record what is shown, and read by themselves some of those that are left out."""
        this = self.this
        this.each(
            [each for each in group if _session_id(each) in answer], partial(self._record, answer)
        )
        left_out = [each for each in group if _session_id(each) not in answer][: this.single_reads]
        this.single_reads -= len(left_out)
        this.each(left_out, self._if_asked)

    def forbidden(self, group: Group, refusal: RefusedError) -> None:
        self.this.may_read = False
        self.this.each(group, partial(self._unreadable, refusal))

    def left(self, group: Group, error: DataverseError) -> Group:
        del error
        return group

    def alone(self, stored: StoredRun) -> None:
        """Tell a session that is gone from one that may not be read, or cannot be."""
        session_id = _session_id(stored)
        try:
            session = self.this.sessions.session(session_id)
            self._record({session_id: session}, stored)
        except NotFoundError:
            self.this.record.missing(stored, session_id)
        except RefusedError as refusal:
            self._unreadable(refusal, stored)
        except OutcomeUnknownError:
            tell_if_overdue(self.this, stored, failed(self.this, stored, self.polling))
            raise

    def later(self, stored: StoredRun) -> None:
        later(self.this, stored, self.polling)

    def _record(self, answer: Sessions, stored: StoredRun) -> None:
        run = self.this.record(stored, answer[_session_id(stored)], by="poll")
        tell_if_overdue(self.this, stored, run)

    def _if_asked(self, stored: StoredRun) -> None:
        if not self.this.sessions.stopped:
            self.alone(stored)

    def _unreadable(self, refusal: RefusedError, stored: StoredRun) -> None:
        run = self.this.record.unreadable(stored, refusal.answer)
        tell_if_overdue(self.this, stored, run)


def _session_id(stored: StoredRun) -> str:
    return stored.run.flow_session_id or ""

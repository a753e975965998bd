"""Confirmations: what became of submissions without an answer, asked for 50 runs a query."""

from dataclasses import dataclass
from functools import partial

from shared.dataverse.errors import (
    DataverseError,
    OutcomeUnknownError,
    RefusedError,
    UnreadableRowsError,
)
from shared.domain.run import Polling
from shared.services.following.asking import Group
from shared.services.following.postponing import failed, later
from shared.services.following.sought import Found
from shared.services.rounds.round import Round
from shared.storage.runs import StoredRun
from shared.storage.table import StorageError


@dataclass(frozen=True, slots=True)
class Confirmations:
    """The queries for sessions by the callback URLs of runs, of one round."""

    this: Round
    polling: Polling

    @property
    def allowed(self) -> bool:
        return True

    def ask(self, group: Group) -> Found:
        """Ask for a group; what cannot be read may be any of its runs', so its halves are asked."""
        answer = self.this.confirm.ask([stored.run for stored in group])
        if len(group) > 1 and not answer.asked:
            raise UnreadableRowsError(answer.sessions, 1)
        return answer

    def answered(self, group: Group, answer: Found) -> None:
        """Take what the answer tells, and match some of the runs that it tells nothing of."""
        told = []
        for stored in group:
            costs = int(self.this.confirm.has_to_match(stored.run, answer))
            if costs <= self.this.matches:
                self.this.matches -= costs
                told.append(stored)
        self.this.each(told, partial(self._settle, answer))

    def forbidden(self, group: Group, refusal: RefusedError) -> None:
        self.this.each(group, partial(self._unreadable, refusal))

    def left(self, group: Group, error: DataverseError) -> Group:
        """Adopt the sessions of the rows that can be read; of no other run it tells anything."""
        if not isinstance(error, UnreadableRowsError):
            return group
        found = Found(self.this.clock.now(), error.readable, {})
        seen = [each for each in group if not self.this.confirm.has_to_match(each.run, found)]
        self.this.each(seen, partial(self._settle, found))
        return [each for each in group if each not in seen]

    def alone(self, stored: StoredRun) -> None:
        try:
            answer = self.this.confirm.ask([stored.run])
        except RefusedError as refusal:
            self._unreadable(refusal, stored)
        except OutcomeUnknownError as error:
            if self.left([stored], error):
                failed(self.this, stored, self.polling)
                raise
        else:
            self.answered([stored], answer)

    def later(self, stored: StoredRun) -> None:
        later(self.this, stored, self.polling)

    def _settle(self, answer: Found, stored: StoredRun) -> None:
        try:
            self.this.confirm(stored, answer)
        except RefusedError as refusal:
            self._unreadable(refusal, stored)
        except (OutcomeUnknownError, StorageError):
            failed(self.this, stored, self.polling)
            raise

    def _unreadable(self, refusal: RefusedError, stored: StoredRun) -> None:
        self.this.confirm.unreadable(stored, refusal.answer)

"""Asking for many runs at once, where one of them may fail the query of all.

What fails is asked again by halves, in the same round, down to the one whose fault it is: that one
waits, and the others get their answer. First every group is asked once, so that nobody waits for
another group's halves. An outage looks the same from here: after a few failures in a row two single
runs are asked for, and if that fails too, nobody else is asked in this round.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from shared.dataverse.errors import DataverseError, OutcomeUnknownError, RefusedError
from shared.services.hold import is_brief
from shared.services.rounds.round import Round
from shared.storage.runs import StoredRun
from shared.storage.table import StorageError
from shared.telemetry import event

Answer = TypeVar("Answer")

Group = Sequence[StoredRun]

LEAST_SECONDS = 5.0
"""What putting runs behind the others has, even at the end of a round: they would come first."""


class Query(Protocol[Answer]):
    """One kind of query."""

    @property
    def allowed(self) -> bool:
        """Say whether Dataverse takes this kind of query from the app."""
        ...

    def ask(self, group: Group) -> Answer:
        """Ask for all of a group; raises DataverseError and StorageError."""
        ...

    def answered(self, group: Group, answer: Answer) -> None:
        """Take an answer; raises nothing."""
        ...

    def forbidden(self, group: Group, refusal: RefusedError) -> None:
        """Note that the app lacks a right; raises nothing."""
        ...

    def left(self, group: Group, error: DataverseError) -> Group:
        """Take what an error tells all the same, and give the runs that are left."""
        ...

    def alone(self, stored: StoredRun) -> None:
        """Ask for one run, and take or note what comes of it; raises what `ask` raises."""
        ...

    def later(self, stored: StoredRun) -> None:
        """Let a run wait that the round could not ask for; raises StorageError."""
        ...


@dataclass(slots=True)
class Asking(Generic[Answer]):
    """Asks for groups, then for the halves of those that failed."""

    query: Query[Answer]
    this: Round
    _failed: deque[Group] = field(default_factory=deque, init=False)
    _behind: list[StoredRun] = field(default_factory=list, init=False)

    def __call__(self, group: Group) -> None:
        """Ask for a group, if Dataverse may be asked; what fails is left to `find`."""
        if not group or not self._may_ask:
            return
        try:
            answer = self.query.ask(group)
        except StorageError as error:
            event("poll.not_asked", level=logging.WARNING, reason=str(error))
        except DataverseError as error:
            self._not_answered(group, error)
        else:
            self.this.doubt.answered()
            self.query.answered(group, answer)

    def find(self) -> None:
        """Find whose fault it is; whom there are no requests or no time for stands behind."""
        while self._failed and self._may_ask and self.this.doubt.spare > 0:
            part = self._failed.popleft()
            if len(part) == 1:
                self.this.doubt.spare -= 1
                self._alone(part[0])
                continue
            middle = len(part) // 2
            for half in (part[:middle], part[middle:]):
                self.this.doubt.spare -= 1
                if self._may_ask:
                    self(half)
                else:
                    self._failed.append(half)
        behind = [*self._behind, *(stored for part in self._failed for stored in part)]
        self.this.each(behind, self.query.later, least=LEAST_SECONDS)

    @property
    def _may_ask(self) -> bool:
        return self.this.may_ask and self.query.allowed

    def _not_answered(self, group: Group, error: DataverseError) -> None:
        if isinstance(error, RefusedError) and error.answer.forbidden:
            self.query.forbidden(group, error)
        elif isinstance(error, RefusedError | OutcomeUnknownError):
            event("poll.query_failed", level=logging.WARNING, runs=len(group), reason=str(error))
            self.this.doubt.failed(error)
            left = self.query.left(group, error)
            if left and self.this.doubt.may_be_an_outage:
                self._doubt(left, error)
            elif left:
                self._failed.append(left)
        else:
            self._stop(error)

    def _doubt(self, group: Group, error: DataverseError) -> None:
        """Ask for any two of a group: if one is answered, for each of the others by itself."""
        first, half = self.this.any_of(len(group)), len(group) // 2
        chosen = {first, (first + half) % len(group)}
        rest = [stored for number, stored in enumerate(group) if number not in chosen]
        answered = [self._alone(group[number]) for number in sorted(chosen)]
        if not any(answered):
            self._behind += rest
            self._stop(error)
            return
        now = rest[: self.this.single_reads]
        self.this.single_reads -= len(now)
        self.this.each(now, self.query.alone)
        self._behind += rest[len(now) :]

    def _alone(self, stored: StoredRun) -> bool:
        """Ask for one run; say whether Dataverse answered."""
        try:
            self.query.alone(stored)
        except StorageError as error:
            event("poll.not_asked", level=logging.WARNING, reason=str(error))
        except OutcomeUnknownError as error:
            event(
                "poll.fails_alone", level=logging.WARNING, run_id=stored.run.id, reason=str(error)
            )
            return False
        except DataverseError as error:
            self._stop(error)
            return False
        return True

    def _stop(self, error: DataverseError) -> None:
        event("poll.stopped", level=logging.WARNING, reason=str(error))
        if not is_brief(error):
            self.this.sessions.stop()

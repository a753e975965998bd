"""Mutations of waiting: who waits, whose fault it is, and where a run stands after it."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shared.dataverse.errors import AnsweredError, AppRefusedError
from shared.domain.lane import Lane
from shared.domain.pause import Pause
from shared.domain.run import Polling, Run, RunError, again
from shared.services.following import confirm
from shared.services.following.asking import Asking
from shared.services.submitting.address import MARKER_REFUSED, CallbackAddress
from shared.services.submitting.landing import Claimed
from shared.services.submitting.submit import Submit


def refusal_of_the_app_fails_runs() -> AbstractContextManager[Any]:
    """What Dataverse says of the app is taken for its word about the run."""

    def mutated(self: Submit, run: Run, claimed: Claimed, error: AnsweredError) -> Any:
        if isinstance(error, AppRefusedError):
            refusal = RunError("Http401", str(error), robot_may_have_started=False)
            return self._refused(claimed, refusal)
        return answered(self, run, claimed, error)

    answered = Submit._answered
    return patch.object(Submit, "_answered", mutated)


def lost_submissions_keep_their_place() -> AbstractContextManager[Any]:
    """What was confirmed to have made no session is submitted again, first of all, for ever."""

    def mutated(run: Run, claim: str, *, at: int, error: RunError, polling: Polling) -> Run:
        del polling
        return again.requeue(run, claim, at=at, error=error)

    return patch.object(confirm, "requeue_lost", mutated)


def refused_marks_forgotten() -> AbstractContextManager[Any]:
    """What a run was refused with is known only until something else becomes of it.

    As when the reason of its last return to the backlog was all that told of it.
    """

    def mutated(self: CallbackAddress, run: Run) -> bool:
        code = None if run.error is None else run.error.code
        return code == MARKER_REFUSED and goes_without(self, run)

    goes_without = CallbackAddress.goes_without
    return patch.object(CallbackAddress, "goes_without", mutated)


def group_fails_with_its_member() -> AbstractContextManager[Any]:
    """What a query fails of is not looked for: all that were asked for wait, again and again."""

    def mutated(self: Asking[Any]) -> None:
        for part in self._failed:
            self.this.each(part, self.query.later)

    return patch.object(Asking, "find", mutated)


def operators_pause_overlooked() -> AbstractContextManager[Any]:
    """A lane waits for its own reasons alone."""

    def waits(lane: Lane, now: int) -> Pause | None:
        return lane.pause if lane.pause.holds(now) else None

    return patch.object(Lane, "waits", waits)

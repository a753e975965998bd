"""Verdicts: what came of the call of a submission, and what is said of it on the run."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.dataverse.errors import AnsweredError, AppRefusedError
from shared.domain.run import Run, RunError
from shared.services.submitting.landing import Landing


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a call: the event to tell, the run's step, and the landing."""

    event: str
    step: Callable[[Run], Run]
    landing: Landing
    error: RunError | None = None
    session_id: str | None = None


NO_LONGER = RunError(
    "NotSent", "its turn came too late to be sent in time", robot_may_have_started=False
)


def refusal_of(error: AppRefusedError) -> RunError:
    answer = error.answer
    return RunError(
        error.why,
        f"Dataverse refuses the app: {answer.message or answer.status}",
        details=answer.code or None,
        status=answer.status,
        robot_may_have_started=False,
    )


def error_of(error: AnsweredError) -> RunError:
    answer = error.answer
    code = answer.code or f"Http{answer.status}"
    return RunError(code, answer.message, status=answer.status, robot_may_have_started=False)

"""Steps of runs of which nobody but an operator can say what became of the submission."""

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.decision import Candidate


def ask_operator(
    run: Run,
    claim: str,
    error: RunError,
    candidates: Sequence[Candidate],
    *,
    at: int,
    look_at: int,
) -> Run:
    """Note that somebody has to decide, and between which sessions; it is looked at all the same.

    What comes to light meanwhile may decide it without anybody.
    """
    if not run.awaits_answer or run.claim != claim:
        return run
    asks = replace(
        run,
        status=RunStatus.UNCONFIRMED,
        error=error,
        candidates=tuple(candidates),
        needs_operator_at=at if run.needs_operator_at is None else run.needs_operator_at,
    )
    changed_at = run.changed_at if asks == run else at
    return replace(asks, changed_at=changed_at, watch_at=look_at)


def operator_told(run: Run, *, at: int) -> Run:
    """Note that the event was published that says so."""
    if run.needs_operator_at is None or run.operator_told_at is not None:
        return run
    return replace(run, operator_told_at=at)

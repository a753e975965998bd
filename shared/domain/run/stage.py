"""The stage of a run: what has to change of it for a caller who waits to be answered."""

from shared.domain.run.states import Run
from shared.domain.run.status import RunStatus

_SUBMITTING_AS = RunStatus.QUEUED
"""A submission lasts for as long as Dataverse takes to answer: what comes of it is worth a call."""


def stage_of(run: Run) -> str:
    """Name a run's stage, in letters: its state, and whether somebody has to know of more."""
    status = _SUBMITTING_AS if run.status is RunStatus.SUBMITTING else run.status
    needed = "NeedsOperator" if run.needs_operator_at is not None else ""
    overdue = "Overdue" if run.overdue_at is not None else ""
    return f"{status.value}{needed}{overdue}"

"""The states of a run."""

from enum import StrEnum


class RunStatus(StrEnum):
    QUEUED = "Queued"
    SUBMITTING = "Submitting"
    UNCONFIRMED = "Unconfirmed"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    TIMED_OUT = "TimedOut"


FINAL = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT})
AWAITING_ANSWER = frozenset({RunStatus.SUBMITTING, RunStatus.UNCONFIRMED})

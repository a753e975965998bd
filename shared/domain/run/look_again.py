"""When a caller should look at a run again: `Retry-After` of every run that has not ended."""

from shared.domain.run.states import Run
from shared.domain.run.status import RunStatus

LEAST_SECONDS = 1
MOST_SECONDS = 60

_SHARE = 4
"""How much of the time that a run has been going is waited: an end is seen a fourth too late."""


def look_again_in(run: Run, now: int, expected_at: int | None) -> int | None:
    """Give whole seconds, 1 to 60, in which nothing is missed; None where the run has ended.

    A queued run is worth a look when its turn should come, which grows with its place; one that
    goes on, the less often the longer it does. `expected_at`: when a queued run should be submitted
    (ms); None where nobody knows.
    """
    match run.status:
        case RunStatus.QUEUED:
            return _until(expected_at, now)
        case RunStatus.SUBMITTING:
            return _since(run.claimed_at or run.created_at, now)
        case RunStatus.RUNNING:
            return _since(run.submitted_at or run.created_at, now)
        case RunStatus.UNCONFIRMED:
            return _until(None if run.needs_operator_at is not None else run.watch_at, now)
    return None


def _since(began: int, now: int) -> int:
    """Wait for a share of the time that it has taken so far."""
    return _bounded(LEAST_SECONDS + (now - began) // (_SHARE * 1000))


def _until(at: int | None, now: int) -> int:
    """Wait until just after an instant; a minute where there is none to wait for."""
    return MOST_SECONDS if at is None else _bounded(LEAST_SECONDS - (now - at) // 1000)


def _bounded(seconds: int) -> int:
    return min(max(seconds, LEAST_SECONDS), MOST_SECONDS)

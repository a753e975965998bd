"""Overdue: a session that should have ended by itself, and has not.

Dataverse ends a robot's work at its time-out, and a wait for a machine after six hours (the
Dataverse contract, sections 5 and 6). What goes on after both, and some room, goes on for ever as
far as anybody knows: the run says so, is looked at as before, and an operator may give it up.
"""

from dataclasses import replace

from shared.domain.run import Run, RunStatus

DEFAULT_TIMEOUT_SECONDS = 10_800
"""How long a robot may work where the request does not say."""

QUEUEING_MS = 6 * 3_600_000
"""How long a session waits for a machine."""

ROOM_MS = 15 * 60_000


def should_have_ended_at(run: Run) -> int | None:
    """Tell until when a running run's session may be at work; None for any other run."""
    if run.status is not RunStatus.RUNNING:
        return None
    since = run.submitted_at or run.claimed_at or run.created_at
    timeout = (run.request.timeout or DEFAULT_TIMEOUT_SECONDS) * 1000
    return since + QUEUEING_MS + timeout + ROOM_MS


def note_overdue(run: Run, *, at: int) -> Run:
    """Note once that a run's session should have ended."""
    ends = should_have_ended_at(run)
    if ends is None or at < ends or run.overdue_at is not None:
        return run
    return replace(run, overdue_at=at, changed_at=at)

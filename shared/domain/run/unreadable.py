"""Steps of runs whose flow session Dataverse does not let the app read.

The run goes on: nothing is known of the robot. It says so, and is looked at like any other, later
each time.
"""

from dataclasses import replace

from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.steps import next_look


def cannot_read(run: Run, session_id: str, error: RunError, *, at: int, polling: Polling) -> Run:
    """Note on a running run that its session may not be read."""
    if run.status is not RunStatus.RUNNING or run.flow_session_id != session_id:
        return run
    return _noted(run, error, at, polling)


def cannot_confirm(run: Run, claim: str, error: RunError, *, at: int, polling: Polling) -> Run:
    """Note on a run that awaits an answer that nobody may look for its session."""
    if not run.awaits_answer or run.claim != claim:
        return run
    return replace(_noted(run, error, at, polling), status=RunStatus.UNCONFIRMED)


def _noted(run: Run, error: RunError, at: int, polling: Polling) -> Run:
    """Note an error and a look, once."""
    if run.error != error:
        run = replace(run, error=error, changed_at=at)
    if run.watch_at == next_look(run, at, polling):
        return run
    run = replace(run, polls=run.polls + 1)
    return replace(run, watch_at=next_look(run, at, polling))

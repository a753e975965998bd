"""Coming back: the steps that put a run back into the backlog, and where it stands there.

What says nothing of the run (a pause, an outage, a refusal of the app) leaves it its old place.
What may be its own doing puts it behind the others, later each time, and not for ever.
"""

from dataclasses import replace

from shared.domain.request import RunPriority, RunRequest
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.states import decided

HIGH_PRIORITY_HEAD_START = 600_000
"""How much earlier a `high` run stands in the backlog, in ms: first, and nothing starves."""

LATER = (0, 0.25, 1, 2.5)
"""How much later a run's turn comes that goes back behind the others, each time.

As a share of the first look's wait: by default at once, 30 s, two minutes and five.
"""

LATEST = 300_000
"""The longest that its turn is put off, in ms."""

LOSSES_LIMIT = 5
"""How many submissions in a row may be confirmed to have made no session."""


def requeue(run: Run, claim: str, *, at: int, error: RunError | None) -> Run:
    """Put a run back at its old place: this claim's submission made no session."""
    if not run.awaits_answer or run.claim != claim:
        return run
    if run.cancel_requested_at is not None:
        return cancelled(run, at)
    return replace(decided(run), status=RunStatus.QUEUED, watch_at=None, error=error, changed_at=at)


def requeue_without(run: Run, claim: str, *, at: int, error: RunError | None) -> Run:
    """Put a run back that Dataverse refused with an address that marks alone.

    It goes without that address from then on, whatever becomes of its next submission.
    """
    again = requeue(run, claim, at=at, error=error)
    return again if again == run else replace(again, refused_base=run.callback_base)


def requeue_lost(run: Run, claim: str, *, at: int, error: RunError, polling: Polling) -> Run:
    """Put a run back whose submission was confirmed to have made no session, behind the others.

    After LOSSES_LIMIT of them in a row it fails: it would come back for ever.
    """
    again = requeue(run, claim, at=at, error=error)
    if again.status is not RunStatus.QUEUED or again == run:
        return again
    losses = run.losses + 1
    if losses < LOSSES_LIMIT:
        return replace(_behind(again, losses, at, polling), losses=losses)
    fails = RunError(
        "SubmissionFails",
        f"Dataverse made no session of {losses} submissions one after the other",
        robot_may_have_started=False,
    )
    return end(replace(run, losses=losses), RunStatus.FAILED, at=at, error=fails)


def start_again(run: Run, session_id: str, error: RunError, *, at: int) -> Run:
    """Queue a run again whose robot never started; one that is to be cancelled is, by that."""
    again = replace(
        run,
        status=RunStatus.QUEUED,
        flow_session_id=None,
        past_sessions=(*run.past_sessions, session_id),
        submitted_at=None,
        started_at=None,
        overdue_at=None,
        error=error,
        watch_at=None,
        changed_at=at,
    )
    return again if run.cancel_requested_at is None else cancelled(again, at)


def start_later(run: Run, session_id: str, error: RunError, *, at: int, polling: Polling) -> Run:
    """Queue a run again whose robot never started, as its request asks, behind the others."""
    restarts = run.restarts + 1
    again = replace(start_again(run, session_id, error, at=at), restarts=restarts)
    return again if again.final else _behind(again, restarts, at, polling)


def cancelled(run: Run, at: int) -> Run:
    """End a run that no robot has worked for, as it was asked to be cancelled."""
    asked_at = run.cancel_requested_at or at
    run = replace(run, cancel_requested_at=asked_at, completed_at=at)
    return end(run, RunStatus.CANCELLED, at=at)


def _behind(run: Run, times: int, at: int, polling: Polling) -> Run:
    """Put a queued run behind those that wait by now, later each time: it must keep none of them.

    The first time one of high priority goes behind its like alone.
    """
    share = LATER[min(times, len(LATER)) - 1]
    wait = min(LATEST, round(share * polling.first))
    due_at = at + wait if wait else at - head_start(run.request)
    return replace(run, due_at=max(run.due_at, due_at))


def head_start(request: RunRequest) -> int:
    return HIGH_PRIORITY_HEAD_START if request.run_priority is RunPriority.HIGH else 0

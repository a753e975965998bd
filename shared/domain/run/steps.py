"""The steps of a run: functions from a run to the run after it.

A step that was taken before, or comes too late, gives the run back as it is: whoever repeats a
callback, an answer or a poll changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from shared.domain.identifiers import created_at_of
from shared.domain.request import RunRequest
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.again import cancelled, head_start, start_again, start_later
from shared.domain.run.announcements import end
from shared.domain.run.decision import Decision
from shared.domain.run.states import decided
from shared.domain.session import UNREADABLE, FlowSession, StatusCode

CANCEL_LOOK = 5_000
"""How soon a session is looked at that was asked to be cancelled, in ms."""

PAST_SESSIONS_LIMIT = 500
"""How many throttled sessions a run may have: all are remembered, in one property of 64 KiB."""


def queue(
    run_id: str,
    request: RunRequest,
    *,
    input_entities: int,
    key_digest: str | None = None,
    connection: str | None = None,
    traceparent: str | None = None,
) -> Run:
    """Make the run that a request asks for; the id says when, so a repeat makes the same run."""
    created_at = created_at_of(run_id)
    return Run(
        id=run_id,
        request=request,
        status=RunStatus.QUEUED,
        created_at=created_at,
        due_at=created_at - head_start(request),
        changed_at=created_at,
        input_entities=input_entities,
        key_digest=key_digest,
        connection=connection,
        traceparent=traceparent,
    )


def claim(
    run: Run,
    claim: str,
    *,
    at: int,
    watch_at: int,
    callback_base: str | None,
    callback_key: str | None,
) -> Run:
    """Take a queued run out of the backlog, to be submitted; somebody looks at it at `watch_at`."""
    if run.status is not RunStatus.QUEUED:
        return run
    return replace(
        run,
        status=RunStatus.SUBMITTING,
        claim=claim,
        claimed_at=at,
        attempts=run.attempts + 1,
        watch_at=watch_at,
        callback_base=callback_base,
        callback_key=callback_key,
        changed_at=at,
    )


def unmark(run: Run, claim: str) -> Run:
    """Note that the submission under way is sent without a callback URL."""
    if not run.awaits_answer or run.claim != claim:
        return run
    return replace(run, callback_base=None)


def accept(
    run: Run, claim: str, session_id: str, *, at: int, polling: Polling, licence: str | None
) -> Run:
    """Record the session that answered a submission.

    If the run was given up meanwhile and is queued again, the session is adopted, so that the robot
    is not sent twice; if it has another session or another submission, this one is a double.
    """
    if session_id in run.sessions:
        return run
    if (run.awaits_answer and run.claim == claim) or run.status is RunStatus.QUEUED:
        return replace(adopt(run, session_id, at=at, polling=polling), licence=licence)
    return note_doubles(run, (session_id,), at=at)


def adopt(run: Run, session_id: str, *, at: int, polling: Polling) -> Run:
    """Take a session that is known to be this run's; a run that has one keeps it.

    One that was given up as a double was cancelled, and is taken no more.
    """
    if run.final or run.flow_session_id is not None or session_id in run.sessions:
        return run
    adopted = replace(
        decided(run),
        status=RunStatus.RUNNING,
        flow_session_id=session_id,
        submitted_at=run.submitted_at or at,
        changed_at=at,
        polls=0,
        losses=0,
        error=None,
    )
    return replace(adopted, watch_at=next_look(adopted, at, polling))


def cancel(run: Run, *, at: int) -> Run:
    """Cancel a queued run; of any other that is not final, remember that it is to be cancelled."""
    if run.final or run.cancel_requested_at is not None:
        return run
    if run.status is RunStatus.QUEUED:
        return cancelled(run, at)
    watch_at = run.watch_at
    if run.flow_session_id is not None and watch_at is not None:
        watch_at = min(watch_at, at + CANCEL_LOOK)
    return replace(run, cancel_requested_at=at, watch_at=watch_at, changed_at=at)


def note_doubles(run: Run, session_ids: Iterable[str], *, at: int) -> Run:
    """Note the sessions among these that are beyond the run's own."""
    doubles = tuple(each for each in session_ids if each not in run.sessions)
    if not doubles:
        return run
    return replace(run, double_sessions=(*run.double_sessions, *doubles), changed_at=at)


def refuse(run: Run, claim: str, error: RunError, *, at: int) -> Run:
    """End a run whose submission Dataverse refused."""
    if not run.awaits_answer or run.claim != claim:
        return run
    return end(run, RunStatus.FAILED, at=at, error=error)


def give_up(run: Run, claim: str, *, at: int) -> Run:
    """End a run by an operator's decision: nobody knows whether its robot works, or worked.

    A session that it has is nobody's any more: it is to be cancelled, as doubles are.
    """
    if not may_be_resolved(run) or run.claim != claim:
        return run
    if run.flow_session_id is not None and run.flow_session_id not in run.double_sessions:
        run = replace(run, double_sessions=(*run.double_sessions, run.flow_session_id))
    error = RunError("GivenUp", "an operator gave the run up; a flow session may exist")
    return end(run, RunStatus.FAILED, at=at, error=error)


def may_be_resolved(run: Run) -> bool:
    """Say whether an operator may decide: nobody can confirm the run, or it should have ended."""
    overdue = run.status is RunStatus.RUNNING and run.overdue_at is not None
    return run.status is RunStatus.UNCONFIRMED or overdue


def decide(run: Run, step: Callable[[Run], Run], decision: Decision) -> Run:
    """Take the step that an operator decided on, and keep who decided it with what came of it."""
    after = step(run)
    return run if after == run else replace(after, decision=decision)


def leave_unconfirmed(run: Run, claim: str, error: RunError, *, at: int, look_at: int) -> Run:
    """Note that a submission may or may not have made a session; somebody looks at `look_at`."""
    if run.status is not RunStatus.SUBMITTING or run.claim != claim:
        return run
    return replace(run, status=RunStatus.UNCONFIRMED, error=error, watch_at=look_at, changed_at=at)


def look_again(run: Run, watch_at: int) -> Run:
    """Move the next look at a run that is not final."""
    if run.final or run.watch_at is None or run.watch_at == watch_at:
        return run
    return replace(run, watch_at=watch_at)


def observe(run: Run, session: FlowSession, *, at: int, polling: Polling) -> Run:
    """Record what Dataverse's row says of the run's own session."""
    if run.final or run.flow_session_id != session.id:
        return run
    if not session.finished:
        return _still_running(run, session, at, polling)
    if session.throttled and len(run.past_sessions) < PAST_SESSIONS_LIMIT:
        return start_again(run, session.id, _error_of(session), at=at)
    if session.never_started and run.restarts < run.request.retries:
        return start_later(run, session.id, _error_of(session), at=at, polling=polling)
    status = _ending(session)
    run = replace(run, started_at=session.started_at, completed_at=session.completed_at)
    error = None if status is RunStatus.SUCCEEDED else _error_of(session)
    return end(run, status, at=at, error=error)


def lose(run: Run, session_id: str, *, at: int) -> Run:
    """End a run whose session Dataverse no longer has."""
    if run.final or run.flow_session_id != session_id:
        return run
    error = RunError(
        "FlowSessionNotFound",
        "Dataverse no longer has the flow session of this run; how it ended is not known",
        robot_may_have_started=True,
    )
    return end(run, RunStatus.FAILED, at=at, error=error)


def _still_running(run: Run, session: FlowSession, at: int, polling: Polling) -> Run:
    """Note a look; the same look once more, or at the moment of adoption, does not count."""
    run = replace(run, started_at=session.started_at or run.started_at)
    if run.error is not None and run.error.code == UNREADABLE:
        run = replace(run, error=None, changed_at=at)
    if run.watch_at == next_look(run, at, polling):
        return run
    run = replace(run, polls=run.polls + 1)
    return replace(run, watch_at=next_look(run, at, polling))


def next_look(run: Run, at: int, polling: Polling) -> int:
    """Tell when to look at a running session next; sooner if it was asked to be cancelled."""
    wait = polling.wait(run.polls)
    if run.cancel_requested_at is not None:
        wait = min(wait, Polling(CANCEL_LOOK, polling.last).wait(run.polls))
    return at + wait


def _ending(session: FlowSession) -> RunStatus:
    if session.statuscode == StatusCode.SUCCEEDED:
        return RunStatus.SUCCEEDED
    if session.statuscode == StatusCode.CANCELLED:
        return RunStatus.CANCELLED
    return RunStatus.TIMED_OUT if session.timed_out else RunStatus.FAILED


def _error_of(session: FlowSession) -> RunError:
    name = StatusCode(session.statuscode).name.replace("_", " ").title().replace(" ", "")
    return RunError(
        code=session.error_code or name,
        message=session.error_message or f"The flow session ended as {name}",
        details=session.error_details,
        robot_may_have_started=not session.never_started,
    )

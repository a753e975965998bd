"""What Dataverse's row of a session makes of its run."""

from dataclasses import replace

import pytest

from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import ANNOUNCED_WITHIN
from shared.domain.run.steps import PAST_SESSIONS_LIMIT, observe
from shared.domain.session import THROTTLED, StatusCode
from tests.support.runs import (
    NOW,
    OTHER_SESSION,
    POLLING,
    REQUEST,
    SESSION,
    queued,
    running,
    session,
    submitting,
)

LATER = NOW + 10_000


def test_an_unfinished_session_is_looked_at_again_later() -> None:
    """Each time after half as long again, up to the longest wait."""
    run, at = running(), LATER
    waits = []
    for _ in range(6):
        run = observe(run, session(StatusCode.RUNNING), at=at, polling=POLLING)
        assert run.watch_at is not None
        waits.append(run.watch_at - at)
        at = run.watch_at
    assert waits == [180_000, 270_000, 405_000, 600_000, 600_000, 600_000]


def test_the_same_look_counts_once() -> None:
    """A callback or a write may be repeated."""
    once = observe(running(), session(StatusCode.RUNNING), at=LATER, polling=POLLING)
    assert observe(once, session(StatusCode.RUNNING), at=LATER, polling=POLLING) == once


def test_a_start_that_is_known_is_not_forgotten() -> None:
    """A row that was read earlier may be recorded later."""
    run = observe(running(), session(StatusCode.RUNNING, started_at=NOW), at=LATER, polling=POLLING)
    assert run.started_at == NOW
    late = observe(run, session(StatusCode.WAITING), at=LATER + 1, polling=POLLING)
    assert late.started_at == NOW


@pytest.mark.parametrize(
    ("statuscode", "error_code", "status", "code"),
    [
        (StatusCode.SUCCEEDED, None, RunStatus.SUCCEEDED, None),
        (StatusCode.SUCCEEDED, "Leftover", RunStatus.SUCCEEDED, None),
        (StatusCode.CANCELLED, None, RunStatus.CANCELLED, "Cancelled"),
        (StatusCode.TIMED_OUT, None, RunStatus.TIMED_OUT, "TimedOut"),
        (
            StatusCode.FAILED,
            "DesktopFlowsActionTimeout",
            RunStatus.TIMED_OUT,
            "DesktopFlowsActionTimeout",
        ),
        (StatusCode.FAILED, "WcfServerCrash", RunStatus.FAILED, "WcfServerCrash"),
        (StatusCode.FAILED, "NoCandidateMachine", RunStatus.FAILED, "NoCandidateMachine"),
        *(
            (code, None, RunStatus.FAILED, code.name.title())
            for code in (
                StatusCode.SKIPPED,
                StatusCode.FAILED,
                StatusCode.FAULTED,
                StatusCode.ABORTED,
                StatusCode.IGNORED,
                StatusCode.DELETED,
                StatusCode.TERMINATED,
            )
        ),
    ],
)
def test_a_finished_session_ends_the_run(
    statuscode: StatusCode, error_code: str | None, status: RunStatus, code: str | None
) -> None:
    """As Dataverse's row says, with its times and in its words."""
    row = session(statuscode, error_code=error_code, started_at=NOW + 1, completed_at=NOW + 2)
    run = observe(running(), row, at=LATER, polling=POLLING)
    assert run.status is status
    assert (run.error.code if run.error else None) == code
    assert (run.started_at, run.completed_at, run.changed_at) == (NOW + 1, NOW + 2, LATER)
    assert (run.ended_at, run.watch_at) == (LATER, LATER + ANNOUNCED_WITHIN)


@pytest.mark.parametrize(
    ("code", "may_have_started"), [("NoCandidateMachine", False), ("WcfServerCrash", True)]
)
def test_a_failure_says_whether_the_robot_may_have_started(
    code: str, may_have_started: bool
) -> None:
    row = session(StatusCode.FAILED, error_code=code, error_message="Why", error_details="More")
    error = observe(running(), row, at=LATER, polling=POLLING).error
    assert error is not None
    assert (error.message, error.details) == ("Why", "More")
    assert error.robot_may_have_started is may_have_started


def test_a_throttled_session_is_made_again_whatever_the_request_says() -> None:
    """The connection's limit refused it; the robot did nothing."""
    row = session(StatusCode.FAILED, error_code=THROTTLED)
    run = observe(running(started_at=NOW), row, at=LATER, polling=POLLING)
    assert run.status is RunStatus.QUEUED
    assert run.due_at == running().due_at
    assert run.past_sessions == (SESSION,)
    assert (run.flow_session_id, run.submitted_at, run.started_at) == (None, None, None)
    assert run.watch_at is None
    assert run.restarts == 0


def test_a_run_that_is_throttled_again_and_again_fails_in_the_end() -> None:
    """Its sessions are remembered in one property of one row, which has an end."""
    many = tuple(f"session {n}" for n in range(PAST_SESSIONS_LIMIT))
    row = session(StatusCode.FAILED, error_code=THROTTLED)
    run = observe(running(past_sessions=many), row, at=LATER, polling=POLLING)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.code == THROTTLED


@pytest.mark.parametrize(("retries", "again"), [(0, False), (1, True), (2, True)])
def test_a_robot_that_never_started_is_sent_again_if_the_request_asks_for_it(
    retries: int, again: bool
) -> None:
    run = running(request=replace(REQUEST, retries=retries))
    row = session(StatusCode.FAILED, error_code="NoCandidateMachine")
    after = observe(run, row, at=LATER, polling=POLLING)
    assert after.status is (RunStatus.QUEUED if again else RunStatus.FAILED)
    assert after.restarts == int(again)


@pytest.mark.parametrize(
    "run",
    [
        running(flow_session_id=OTHER_SESSION),
        queued(past_sessions=(SESSION,)),
        submitting(),
        running(status=RunStatus.CANCELLED, watch_at=None),
    ],
    ids=["another session", "a past session", "no session", "a final run"],
)
def test_others_stay_as_they_are(run: Run) -> None:
    assert observe(run, session(), at=LATER, polling=POLLING) is run

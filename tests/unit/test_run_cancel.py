"""Cancelling a run: at once while it waits, and otherwise as soon as its session is known."""

from dataclasses import replace

import pytest

from shared.domain.run import FINAL, Run, RunStatus
from shared.domain.run.again import requeue
from shared.domain.run.steps import CANCEL_LOOK, adopt, cancel, observe
from shared.domain.session import THROTTLED, StatusCode
from tests.support.runs import (
    CLAIM,
    ERROR,
    NOW,
    POLLING,
    SESSION,
    queued,
    running,
    session,
    submitting,
)

LATER = NOW + 10_000


def test_a_run_that_waits_is_cancelled_at_once() -> None:
    run = cancel(queued(error=ERROR), at=LATER)
    assert run.status is RunStatus.CANCELLED
    assert run.completed_at == run.cancel_requested_at == run.changed_at == LATER
    assert (run.error, run.ended_at) == (None, LATER)


@pytest.mark.parametrize(
    "run", [submitting(), submitting(status=RunStatus.UNCONFIRMED)], ids=lambda run: run.status
)
def test_a_run_that_awaits_an_answer_remembers_the_cancellation(run: Run) -> None:
    """Its session may exist: only its answer, or Dataverse, knows what to cancel."""
    assert cancel(run, at=LATER) == replace(run, cancel_requested_at=LATER, changed_at=LATER)


def test_a_running_session_is_looked_at_soon() -> None:
    """It is final only when Dataverse says so."""
    run = cancel(running(), at=LATER)
    assert run.status is RunStatus.RUNNING
    assert run.watch_at == LATER + CANCEL_LOOK
    assert cancel(running(watch_at=LATER), at=LATER).watch_at == LATER


@pytest.mark.parametrize("status", sorted(FINAL))
def test_an_end_stays_an_end(status: RunStatus) -> None:
    run = running(status=status, watch_at=None)
    assert cancel(run, at=LATER) is run


@pytest.mark.parametrize("run", [submitting(), running()], ids=lambda run: run.status)
def test_cancelling_twice_changes_nothing_the_second_time(run: Run) -> None:
    once = cancel(run, at=LATER)
    assert cancel(once, at=LATER + 1) is once


def test_a_session_that_turns_up_is_looked_at_soon() -> None:
    run = adopt(submitting(cancel_requested_at=NOW), SESSION, at=LATER, polling=POLLING)
    assert run.watch_at == LATER + CANCEL_LOOK


def test_a_submission_without_a_session_is_not_made_again() -> None:
    run = requeue(submitting(cancel_requested_at=NOW), CLAIM, at=LATER, error=ERROR)
    assert run.status is RunStatus.CANCELLED


def test_a_session_whose_robot_never_started_is_not_made_again() -> None:
    row = session(StatusCode.FAILED, error_code=THROTTLED)
    run = observe(running(cancel_requested_at=NOW), row, at=LATER, polling=POLLING)
    assert run.status is RunStatus.CANCELLED
    assert run.past_sessions == (SESSION,)


def test_a_session_that_was_faster_than_its_cancellation_tells_its_end() -> None:
    run = observe(running(cancel_requested_at=NOW), session(), at=LATER, polling=POLLING)
    assert run.status is RunStatus.SUCCEEDED

"""Coming back: who keeps a place, who goes behind the others, and what ends it."""

from dataclasses import replace

import pytest

from shared.domain.request import RunPriority
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.again import (
    HIGH_PRIORITY_HEAD_START,
    LATEST,
    LOSSES_LIMIT,
    requeue_lost,
)
from shared.domain.run.steps import accept, claim, observe
from shared.domain.session import FlowSession, StatusCode
from tests.support.runs import CLAIM, NOW, POLLING, REQUEST, SESSION, queued, running, submitting

MINUTE = 60_000
LOST = RunError("SubmissionLost", "no session", robot_may_have_started=False)


def lost(run: Run, at: int, polling: Polling = POLLING) -> Run:
    """Claim a queued run, and find out that its submission made no session."""
    claimed = claim(run, CLAIM, at=at, watch_at=at, callback_base=None, callback_key=None)
    return requeue_lost(claimed, CLAIM, at=at, error=LOST, polling=polling)


def test_a_lost_submission_goes_behind_the_others_later_each_time_and_then_ends() -> None:
    """It came back first in the backlog for ever, and kept a good run waiting."""
    run, waits = queued(), []
    for number in range(1, LOSSES_LIMIT):
        at = NOW + number * 10 * MINUTE
        run = lost(run, at)
        assert (run.status, run.losses, run.error) == (RunStatus.QUEUED, number, LOST)
        waits.append(run.due_at - at)
    assert waits == [0, 30_000, 2 * MINUTE, 5 * MINUTE]
    run = lost(run, NOW + 60 * MINUTE)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert (run.error.code, run.error.robot_may_have_started) == ("SubmissionFails", False)


def test_a_session_that_is_known_forgets_the_losses() -> None:
    run = lost(queued(), NOW)
    claimed = claim(run, CLAIM, at=NOW, watch_at=NOW, callback_base=None, callback_key=None)
    assert accept(claimed, CLAIM, SESSION, at=NOW, polling=POLLING, licence=None).losses == 0


def test_its_turn_is_put_off_by_five_minutes_at_the_most() -> None:
    run = lost(queued(losses=3), NOW, Polling(first=3_600_000, last=3_600_000))
    assert run.due_at == NOW + LATEST


def test_the_first_time_high_priority_goes_behind_its_like_alone() -> None:
    request = replace(REQUEST, run_priority=RunPriority.HIGH)
    run = queued(request=request, due_at=NOW - HIGH_PRIORITY_HEAD_START)
    again = lost(run, NOW + MINUTE)
    assert again.due_at == NOW + MINUTE - HIGH_PRIORITY_HEAD_START
    assert lost(again, NOW + MINUTE).due_at == NOW + MINUTE + 30_000


def test_taken_twice_or_too_late_it_changes_nothing() -> None:
    once = lost(queued(), NOW)
    assert requeue_lost(once, CLAIM, at=NOW, error=LOST, polling=POLLING) is once
    newer = submitting(claim="newer", losses=4)
    assert requeue_lost(newer, CLAIM, at=NOW, error=LOST, polling=POLLING) is newer


def test_one_that_is_to_be_cancelled_is() -> None:
    run = submitting(cancel_requested_at=NOW, losses=4)
    after = requeue_lost(run, CLAIM, at=NOW, error=LOST, polling=POLLING)
    assert after.status is RunStatus.CANCELLED


@pytest.mark.parametrize("code", ["NoCandidateMachine", "UIFlowAlreadyRunning", "GroupIsEmpty"])
def test_a_restart_goes_behind_the_others_later_each_time(code: str) -> None:
    """A robot that is not there for one must not keep the others from theirs."""
    session = FlowSession(SESSION, StatusCode.FAILED, error_code=code)
    waits = []
    for restarts in range(3):
        run = running(request=replace(REQUEST, retries=5), restarts=restarts)
        after = observe(run, session, at=NOW + MINUTE, polling=POLLING)
        assert (after.status, after.restarts) == (RunStatus.QUEUED, restarts + 1)
        waits.append(after.due_at - NOW - MINUTE)
    assert waits == [0, 30_000, 2 * MINUTE]


def test_a_throttled_session_keeps_its_place() -> None:
    """The connection was busy: that says nothing of the run."""
    session = FlowSession(SESSION, StatusCode.FAILED, error_code="DesktopFlowsActionThrottled")
    run = running()
    assert observe(run, session, at=NOW + MINUTE, polling=POLLING).due_at == run.due_at

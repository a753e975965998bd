"""Why a run waits: a code, words, and until when, in every state but the robot's work."""

import pytest

from shared.domain.advice import advice
from shared.domain.lane import Lane, Setback
from shared.domain.pause import FOR_EVER, Pause, Why
from shared.domain.run import FINAL, Run, RunStatus
from shared.domain.run.waiting import waiting_for
from tests.support.runs import ERROR, LANE, NOW, PACE, queued, running, submitting

FREE = Lane(LANE, "org.crm.dynamics.com", "shared_uiflow_1")
UNREACHABLE = Setback(Why.UNREACHABLE, "connection refused")
BACKING_AWAY = FREE.set_back(UNREACHABLE, NOW)
FINDING_OUT = BACKING_AWAY.take("finder", 1, NOW + 2_000, PACE)
STOPPED = FREE.stop(Pause(FOR_EVER, Why.LANE_PAUSED, "month end", NOW))
HELD = FREE.wait(Pause(NOW + 9_000, Why.APP_NOT_MEMBER, "not a member", NOW))
LATER = queued(due_at=NOW + 30_000, error=ERROR)


@pytest.mark.parametrize(
    ("run", "lane", "now", "code", "until"),
    [
        (queued(), FREE, NOW, Why.AWAITS_TURN, NOW),
        (queued(), BACKING_AWAY, NOW, Why.UNREACHABLE, NOW + 2_000),
        (queued(), FINDING_OUT, NOW + 3_000, Why.UNREACHABLE, NOW + 2_000 + PACE.deadline),
        (queued(), STOPPED, NOW, Why.LANE_PAUSED, None),
        (queued(), HELD, NOW, Why.APP_NOT_MEMBER, NOW + 9_000),
        (LATER, FREE, NOW, Why.LATER_TURN, NOW + 30_000),
        (LATER, HELD, NOW, Why.LATER_TURN, NOW + 30_000),
        (LATER, STOPPED, NOW, Why.LANE_PAUSED, None),
        (submitting(), None, NOW, Why.AWAITS_ANSWER, NOW + PACE.deadline),
        (running(), None, NOW, Why.AWAITS_MACHINE, running().watch_at),
        (running(cancel_requested_at=NOW), None, NOW, Why.CANCELLING, running().watch_at),
        (running(overdue_at=NOW), None, NOW, Why.OVERDUE, None),
        (running(overdue_at=NOW, cancel_requested_at=NOW), None, NOW, Why.OVERDUE, None),
        (
            submitting(status=RunStatus.UNCONFIRMED, watch_at=NOW + 5),
            None,
            NOW,
            Why.AWAITS_CONFIRMATION,
            NOW + 5,
        ),
        (
            submitting(status=RunStatus.UNCONFIRMED, needs_operator_at=NOW),
            None,
            NOW,
            Why.AWAITS_OPERATOR,
            None,
        ),
    ],
)
def test_a_run_that_waits_says_why_and_until_when(
    run: Run, lane: Lane | None, now: int, code: Why, until: int | None
) -> None:
    waiting = waiting_for(run, lane, now, PACE, NOW)
    assert waiting is not None
    assert (waiting.code, waiting.until) == (code, until)
    assert waiting.message
    assert advice(waiting.code, robot_may_have_started=None)


def test_a_run_behind_a_full_window_waits_for_its_turn() -> None:
    lane = FREE.take("claim", PACE.limit, NOW, PACE)
    waiting = waiting_for(queued(), lane, NOW, PACE, NOW + 60_250)
    assert waiting is not None
    assert (waiting.code, waiting.until) == (Why.NO_SLOT, NOW + 60_250)


@pytest.mark.parametrize(
    "run",
    [running(started_at=NOW), *(queued(status=status) for status in sorted(FINAL))],
    ids=lambda run: run.status,
)
def test_a_run_whose_robot_works_or_that_has_ended_waits_for_nothing(run: Run) -> None:
    assert waiting_for(run, None, NOW, PACE) is None


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_advice(why: Why) -> None:
    assert advice(why, robot_may_have_started=None)

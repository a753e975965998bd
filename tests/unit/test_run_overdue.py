"""Overdue: what should have ended by its time-out and six hours of waiting, and has not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.run import Run, RunStatus
from shared.domain.run.again import start_again
from shared.domain.run.overdue import note_overdue, should_have_ended_at
from shared.domain.run.steps import give_up, may_be_resolved
from tests.support.runs import CLAIM, ERROR, NOW, SESSION, queued, running, submitting

MINUTE = 60_000
HOUR = 60 * MINUTE


def with_timeout(seconds: int | None) -> Run:
    run = running(submitted_at=NOW)
    return replace(run, request=replace(run.request, timeout=seconds))


@pytest.mark.parametrize(
    ("timeout", "hours"), [(None, 3 + 6), (10_800, 3 + 6), (60, 6), (86_400, 24 + 6)]
)
def test_a_run_is_overdue_after_its_time_out_six_hours_and_some_room(
    timeout: int | None, hours: int
) -> None:
    run = with_timeout(timeout)
    ends = should_have_ended_at(run)
    assert ends is not None
    assert 15 * MINUTE <= ends - NOW - hours * HOUR <= 16 * MINUTE
    assert note_overdue(run, at=ends - 1) == run
    overdue = note_overdue(run, at=ends)
    assert overdue.overdue_at == ends
    assert may_be_resolved(overdue)
    assert note_overdue(overdue, at=ends + HOUR) == overdue, "since when, not how late it is"


@pytest.mark.parametrize(
    "run",
    [queued(), submitting(), submitting(status=RunStatus.UNCONFIRMED), running(status="Succeeded")],
)
def test_only_a_run_with_a_session_at_work_is_overdue(run: Run) -> None:
    assert note_overdue(run, at=NOW + 100 * HOUR) == run


def test_a_run_that_is_started_again_is_not_overdue() -> None:
    again = start_again(running(overdue_at=NOW), SESSION, ERROR, at=NOW)
    assert again.overdue_at is None


def test_giving_an_overdue_run_up_leaves_its_session_to_be_cancelled() -> None:
    run = give_up(running(overdue_at=NOW), CLAIM, at=NOW)
    assert (run.status, run.flow_session_id) == (RunStatus.FAILED, SESSION)
    assert run.double_sessions == (SESSION,)
    assert run.sessions == (SESSION,)
    assert give_up(run, CLAIM, at=NOW + 1) == run

"""Sessions that may not be read: the run goes on, says so, and is looked at like any other."""

from __future__ import annotations

import pytest

from shared.domain.advice import advice
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.steps import observe
from shared.domain.run.unreadable import cannot_confirm, cannot_read
from shared.domain.session import UNREADABLE, StatusCode
from tests.support.runs import (
    CLAIM,
    NOW,
    OTHER_SESSION,
    POLLING,
    SESSION,
    queued,
    running,
    session,
    submitting,
)

LATER = NOW + 10_000
WHY = RunError(UNREADABLE, "privilege missing", details="0x80040220", status=403)


def unread(run: Run, at: int = LATER) -> Run:
    return cannot_read(run, SESSION, WHY, at=at, polling=POLLING)


def test_the_run_goes_on_and_says_why_nothing_is_known() -> None:
    run = unread(running())
    assert (run.status, run.error, run.changed_at) == (RunStatus.RUNNING, WHY, LATER)


def test_it_is_looked_at_again_later_each_time() -> None:
    """Like any other running session: 2,000 of them must not cost 2,000 reads a minute."""
    run, at, waits = running(), LATER, []
    for _ in range(5):
        run = unread(run, at)
        assert run.watch_at is not None
        waits.append(run.watch_at - at)
        at = run.watch_at
    assert waits == [180_000, 270_000, 405_000, 600_000, 600_000]
    assert run.changed_at == LATER, "nothing has changed since"


def test_the_same_look_counts_once() -> None:
    once = unread(running())
    assert unread(once) == once


def test_once_it_can_be_read_the_error_is_taken_back() -> None:
    run = observe(unread(running()), session(StatusCode.RUNNING), at=LATER + 1, polling=POLLING)
    assert (run.status, run.error, run.changed_at) == (RunStatus.RUNNING, None, LATER + 1)
    ended = observe(unread(running()), session(), at=LATER + 1, polling=POLLING)
    assert (ended.status, ended.error) == (RunStatus.SUCCEEDED, None)


@pytest.mark.parametrize(
    "run",
    [
        running(flow_session_id=OTHER_SESSION),
        running(status=RunStatus.SUCCEEDED, watch_at=None),
        queued(),
    ],
    ids=["another session", "a final run", "no session"],
)
def test_other_runs_stay_as_they_are(run: Run) -> None:
    assert unread(run) is run


def test_a_run_that_awaits_an_answer_says_so_too_and_stays_to_be_confirmed() -> None:
    run = cannot_confirm(submitting(), CLAIM, WHY, at=LATER, polling=POLLING)
    assert (run.status, run.error) == (RunStatus.UNCONFIRMED, WHY)
    assert run.watch_at == LATER + 180_000
    again = cannot_confirm(run, CLAIM, WHY, at=run.watch_at, polling=POLLING)
    assert again.watch_at == run.watch_at + 270_000
    for other in (running(), submitting(claim="another")):
        assert cannot_confirm(other, CLAIM, WHY, at=LATER, polling=POLLING) is other


def test_the_advice_says_what_to_grant() -> None:
    told = advice(UNREADABLE, robot_may_have_started=True)
    assert told is not None
    assert "Read on Flow Session" in told
    assert "Co-owner" in told

"""When a caller should look at a run again: the sooner, the sooner something may have changed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.run import FINAL, Run, RunStatus
from shared.domain.run.look_again import LEAST_SECONDS, MOST_SECONDS, look_again_in
from tests.support.runs import NOW, any_runs, instants, queued, running, submitting

MINUTE = 60_000


@given(run=any_runs, now=instants, expected_at=st.none() | instants)
def test_a_run_that_has_not_ended_is_looked_at_in_one_to_sixty_seconds(
    run: Run, now: int, expected_at: int | None
) -> None:
    seconds = look_again_in(run, now, expected_at)
    if run.status in FINAL:
        assert seconds is None
    else:
        assert seconds in range(LEAST_SECONDS, MOST_SECONDS + 1)
        assert (LEAST_SECONDS, MOST_SECONDS) == (1, 60)


@pytest.mark.parametrize(
    ("ahead_ms", "seconds"),
    [(-5_000, 1), (0, 1), (1, 2), (999, 2), (9_000, 10), (59_001, 60), (600_000, 60)],
)
def test_a_queued_run_is_looked_at_when_its_turn_has_come(ahead_ms: int, seconds: int) -> None:
    """So the wait grows with its place: each place is a share of the minute further on."""
    assert look_again_in(queued(), NOW, NOW + ahead_ms) == seconds


def test_a_queued_run_whose_turn_nobody_can_tell_is_looked_at_after_a_minute() -> None:
    """An operator has its lane wait, or too many stand before it to be counted."""
    assert look_again_in(queued(), NOW, None) == 60


@pytest.mark.parametrize(
    ("after_ms", "seconds"), [(-9_000, 1), (0, 1), (4_000, 2), (40_000, 11), (10 * MINUTE, 60)]
)
@pytest.mark.parametrize("run", [submitting(), running()], ids=lambda run: run.status.value)
def test_the_longer_a_run_has_been_going_the_longer_a_caller_may_wait(
    run: Run, after_ms: int, seconds: int
) -> None:
    began = run.claimed_at if run.status is RunStatus.SUBMITTING else run.submitted_at
    assert began is not None
    assert look_again_in(run, began + after_ms, None) == seconds


@given(first=instants, later=st.integers(0, 10**9))
def test_the_wait_never_shrinks_while_a_run_goes_on(first: int, later: int) -> None:
    sooner, after = (look_again_in(running(), first + more, None) for more in (0, later))
    assert sooner is not None
    assert after is not None
    assert sooner <= after


def test_an_unconfirmed_run_is_looked_at_when_dataverse_has_been_asked() -> None:
    run = submitting(status=RunStatus.UNCONFIRMED, watch_at=NOW + 5_000)
    assert look_again_in(run, NOW, None) == 6
    assert look_again_in(replace(run, watch_at=None), NOW, None) == 60


def test_a_run_that_somebody_has_to_decide_about_is_no_hurry() -> None:
    run = submitting(status=RunStatus.UNCONFIRMED, watch_at=NOW + 5_000, needs_operator_at=NOW - 1)
    assert look_again_in(run, NOW, None) == 60

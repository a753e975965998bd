"""What holds for every step of every run: nothing twice, and nothing after the end."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.run import Run, RunStatus
from shared.domain.run.again import requeue
from shared.domain.run.announcements import announced, end, notified
from shared.domain.run.notification import REDELIVERY, Delivery
from shared.domain.run.steps import (
    accept,
    adopt,
    cancel,
    claim,
    leave_unconfirmed,
    look_again,
    lose,
    note_doubles,
    observe,
    refuse,
)
from shared.domain.session import THROTTLED, StatusCode
from shared.storage import rows
from tests.support.runs import (
    CLAIM,
    ERROR,
    NOW,
    OTHER_SESSION,
    POLLING,
    REQUEST,
    SESSION,
    queued,
    running,
    submitting,
)
from tests.support.runs import session as session_row

EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True)
Step = Callable[[Run], Run]

SESSIONS = (SESSION, OTHER_SESSION, "d9687093-d0c0-ec11-983e-000000000003")
CLAIMS = (CLAIM, "0b" * 9, "0c" * 9)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Draw any step that any service may take with a run, at any time."""
    claim, session = draw(st.sampled_from(CLAIMS)), draw(st.sampled_from(SESSIONS))
    at = NOW + draw(st.integers(0, 1_000_000))
    row = session_row(
        draw(st.sampled_from(StatusCode)),
        id=session,
        error_code=draw(st.sampled_from((None, THROTTLED, "NoCandidateMachine", "WcfServerCrash"))),
        started_at=draw(st.sampled_from((None, at))),
    )
    attempts = draw(st.integers(0, 2))
    delivery = Delivery(draw(st.sampled_from((None, "it answered 500"))), gone=draw(st.booleans()))
    every: list[Step] = [
        lambda run: _claimed(run, claim, at),
        lambda run: accept(run, claim, session, at=at, polling=POLLING, licence=None),
        lambda run: adopt(run, session, at=at, polling=POLLING),
        lambda run: requeue(run, claim, at=at, error=ERROR),
        lambda run: refuse(run, claim, ERROR, at=at),
        lambda run: leave_unconfirmed(run, claim, ERROR, at=at, look_at=at + 5_000),
        lambda run: look_again(run, at),
        lambda run: observe(run, row, at=at, polling=POLLING),
        lambda run: observe(
            adopt(run, session, at=at, polling=POLLING), row, at=at, polling=POLLING
        ),
        lambda run: lose(run, session, at=at),
        lambda run: cancel(run, at=at),
        lambda run: note_doubles(run, (session, row.id), at=at),
        lambda run: announced(run, at=at),
        lambda run: notified(run, attempts, delivery, at=at, redelivery=REDELIVERY),
    ]
    return draw(st.sampled_from(every))


def _claimed(run: Run, claim: str, at: int) -> Run:
    """Claim as the lane does (storage/lanes.py), if the run waits; each claim has its own id."""
    if run.status is not RunStatus.QUEUED or run.claim == claim:
        return run
    return replace(
        run,
        status=RunStatus.SUBMITTING,
        claim=claim,
        claimed_at=at,
        attempts=run.attempts + 1,
        watch_at=at + 100_250,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Run]:
    """Draw a run's states, one after the other, through any steps."""
    retries = draw(st.integers(0, 2))
    url = draw(st.sampled_from([None, "https://receiver.example.org"]))
    states = [queued(request=replace(REQUEST, retries=retries, notify_url=url))]
    for step in draw(st.lists(steps(), max_size=12)):
        states.append(step(states[-1]))
    return states


@EXAMPLES
@given(states=histories(), step=steps())
def test_a_step_taken_twice_changes_nothing_the_second_time(states: list[Run], step: Step) -> None:
    """Promise 5; it is also how a step sees its own success if the SDK repeated the write."""
    once = step(states[-1])
    assert step(once) == once


@EXAMPLES
@given(states=histories(), step=steps())
def test_a_final_run_keeps_its_end(states: list[Run], step: Step) -> None:
    """Only a session that should not exist is still noted, for somebody to look at."""
    run = end(states[-1], RunStatus.SUCCEEDED, at=NOW)
    after = step(run)
    told = (
        "published_at",
        "indexed_at",
        "notification",
        "watch_at",
        "double_sessions",
        "changed_at",
    )
    noted = {name: getattr(after, name) for name in told}
    assert after == replace(run, **noted)
    assert after.double_sessions[: len(run.double_sessions)] == run.double_sessions


@EXAMPLES
@given(states=histories())
def test_no_run_is_ever_left_alone(states: list[Run]) -> None:
    """Promise 3: a run waits in the backlog, or is looked at again, or its end has been told."""
    for run in states:
        in_backlog, watched = rows.place_of(run) is not None, rows.watch_of(run) is not None
        told = run.published_at is not None and run.indexed_at is not None
        told = told and run.pending_notification is None
        assert in_backlog + watched + (run.final and told) == 1


@EXAMPLES
@given(states=histories())
def test_a_run_has_a_session_exactly_while_one_is_its_own(states: list[Run]) -> None:
    """None while it waits or is being submitted: a new submission starts from nothing."""
    for run in states:
        if run.status is RunStatus.RUNNING:
            assert run.flow_session_id is not None
        elif not run.final:
            assert run.flow_session_id is None
        assert run.flow_session_id not in run.past_sessions
        assert len(set(run.past_sessions)) == len(run.past_sessions)


@EXAMPLES
@given(states=histories())
def test_no_session_is_lost_sight_of(states: list[Run]) -> None:
    """Promise 2: every session that was ever a run's own, or a double, is still named by it."""
    seen: set[str] = set()
    for run in states:
        named = {*run.past_sessions, *run.double_sessions, run.flow_session_id} - {None}
        assert seen <= named
        seen |= {session for session in named if session}


@EXAMPLES
@given(states=histories())
def test_only_finished_sessions_end_a_run_well(states: list[Run]) -> None:
    """Promise 4: no success, time-out or cancellation without a session that says so.

    But for a run that was cancelled while it had no session: it gets none any more.
    """
    final = states[-1]
    if final.status in (RunStatus.SUCCEEDED, RunStatus.TIMED_OUT):
        assert final.flow_session_id is not None
    if final.status is RunStatus.CANCELLED and final.flow_session_id is None:
        assert final.cancel_requested_at is not None


@pytest.mark.parametrize("status", RunStatus)
def test_exactly_the_last_four_states_are_final(status: RunStatus) -> None:
    assert queued(status=status).final == (
        status in ("Succeeded", "Failed", "Cancelled", "TimedOut")
    )


class TestClaim:
    def claimed(self, run: Run) -> Run:
        return claim(
            run, CLAIM, at=NOW, watch_at=NOW + 1_000, callback_base=None, callback_key=None
        )

    def test_a_claim_takes_a_queued_run_out_of_the_backlog(self) -> None:
        after = self.claimed(queued(callback_base="https://old.example", attempts=2))
        assert (after.status, after.claim, after.attempts) == (RunStatus.SUBMITTING, CLAIM, 3)
        assert (after.claimed_at, after.watch_at, after.callback_base) == (NOW, NOW + 1_000, None)

    @pytest.mark.parametrize("run", [submitting(), running()])
    def test_a_claim_that_comes_twice_or_too_late_changes_nothing(self, run: Run) -> None:
        assert self.claimed(run) == run

"""A run's steps: each from one state to the next, and none from anywhere else."""

from dataclasses import replace

import pytest

from shared.domain.identifiers import created_at_of
from shared.domain.request import RunPriority
from shared.domain.run import FINAL, Polling, Run, RunStatus
from shared.domain.run.again import HIGH_PRIORITY_HEAD_START, requeue
from shared.domain.run.announcements import ANNOUNCED_WITHIN
from shared.domain.run.steps import (
    accept,
    adopt,
    leave_unconfirmed,
    look_again,
    lose,
    note_doubles,
    queue,
    refuse,
)
from tests.support.runs import (
    CLAIM,
    ERROR,
    NOW,
    OTHER_SESSION,
    POLLING,
    REQUEST,
    RUN_ID,
    SESSION,
    queued,
    running,
    submitting,
)

LATER = NOW + 10_000
UNCONFIRMED = submitting(status=RunStatus.UNCONFIRMED, error=ERROR)


def accepted(run: Run, session_id: str = SESSION, *, at: int = LATER) -> Run:
    return accept(run, CLAIM, session_id, at=at, polling=POLLING, licence=None)


class TestQueue:
    def test_a_new_run_waits_since_the_time_in_its_id(self) -> None:
        run = queue(RUN_ID, REQUEST, input_entities=2)
        assert run.status is RunStatus.QUEUED
        assert run.created_at == run.due_at == run.changed_at == created_at_of(RUN_ID) == NOW
        assert run.input_entities == 2
        assert run.watch_at is None

    @pytest.mark.parametrize(
        ("priority", "head_start"),
        [(None, 0), (RunPriority.NORMAL, 0), (RunPriority.HIGH, HIGH_PRIORITY_HEAD_START)],
    )
    def test_high_priority_stands_ten_minutes_ahead(
        self, priority: RunPriority | None, head_start: int
    ) -> None:
        run = queue(RUN_ID, replace(REQUEST, run_priority=priority), input_entities=0)
        assert run.due_at == NOW - head_start


class TestAccept:
    @pytest.mark.parametrize("run", [submitting(), UNCONFIRMED], ids=lambda run: run.status)
    def test_an_answer_makes_the_run_running(self, run: Run) -> None:
        """And sets the first look at its session."""
        after = accept(run, CLAIM, SESSION, at=LATER, polling=POLLING, licence="NoLicence: none")
        assert after.status is RunStatus.RUNNING
        assert after.flow_session_id == SESSION
        assert after.submitted_at == LATER
        assert after.watch_at == LATER + POLLING.first
        assert after.error is None
        assert after.licence == "NoLicence: none"

    def test_a_late_answer_to_a_run_that_waits_again_is_adopted(self) -> None:
        """Submitted again, the robot would work twice."""
        assert accepted(queued(claim=CLAIM)).flow_session_id == SESSION

    def test_the_answer_to_an_older_claim_is_a_double(self) -> None:
        """The newer submission is under way and cannot be called back."""
        run = submitting(claim="newer")
        assert accepted(run) == replace(run, double_sessions=(SESSION,), changed_at=LATER)

    def test_another_session_of_a_run_that_has_one_is_a_double(self) -> None:
        assert accepted(running(), OTHER_SESSION).double_sessions == (OTHER_SESSION,)
        assert accepted(running(), OTHER_SESSION).flow_session_id == SESSION

    def test_a_session_of_a_run_that_ended_is_a_double_and_the_end_stays(self) -> None:
        ended = queued(status=RunStatus.CANCELLED)
        after = accepted(ended)
        assert after == replace(ended, double_sessions=(SESSION,), changed_at=LATER)

    @pytest.mark.parametrize(
        "run",
        [
            running(),
            submitting(past_sessions=(SESSION,)),
            queued(past_sessions=(SESSION,)),
            submitting(double_sessions=(SESSION,)),
        ],
        ids=["its own", "past, submitting", "past, queued", "a double"],
    )
    def test_a_session_that_is_known_changes_nothing(self, run: Run) -> None:
        assert accepted(run) is run


class TestAdopt:
    @pytest.mark.parametrize("run", [queued(), submitting(), UNCONFIRMED], ids=lambda r: r.status)
    def test_a_run_without_a_session_takes_it(self, run: Run) -> None:
        after = adopt(run, SESSION, at=LATER, polling=POLLING)
        assert after.status is RunStatus.RUNNING
        assert after.flow_session_id == SESSION
        assert after.watch_at == LATER + POLLING.first
        assert after.error is None

    @pytest.mark.parametrize(
        "run",
        [
            running(flow_session_id=OTHER_SESSION),
            queued(past_sessions=(SESSION,)),
            *(queued(status=status) for status in sorted(FINAL)),
        ],
        ids=lambda run: run.status,
    )
    def test_others_stay_as_they_are(self, run: Run) -> None:
        assert adopt(run, SESSION, at=LATER, polling=POLLING) is run


class TestRequeue:
    @pytest.mark.parametrize("run", [submitting(), UNCONFIRMED], ids=lambda run: run.status)
    def test_a_submission_without_a_session_is_made_again(self, run: Run) -> None:
        """At the run's old place: waiting again costs it nothing."""
        after = requeue(run, CLAIM, at=LATER, error=ERROR)
        assert after.status is RunStatus.QUEUED
        assert after.due_at == run.due_at
        assert after.watch_at is None
        assert after.error == ERROR

    @pytest.mark.parametrize("run", [queued(), submitting(claim="newer"), running()])
    def test_another_claims_submission_stays(self, run: Run) -> None:
        assert requeue(run, CLAIM, at=LATER, error=ERROR) is run


class TestRefuse:
    @pytest.mark.parametrize("run", [submitting(), UNCONFIRMED], ids=lambda run: run.status)
    def test_a_refused_submission_ends_the_run(self, run: Run) -> None:
        after = refuse(run, CLAIM, ERROR, at=LATER)
        assert (after.status, after.error) == (RunStatus.FAILED, ERROR)
        assert (after.ended_at, after.watch_at) == (LATER, LATER + ANNOUNCED_WITHIN)

    @pytest.mark.parametrize("run", [queued(), submitting(claim="newer"), running()])
    def test_another_claims_submission_stays(self, run: Run) -> None:
        assert refuse(run, CLAIM, ERROR, at=LATER) is run


class TestLeaveUnconfirmed:
    def test_somebody_looks_at_it_soon(self) -> None:
        after = leave_unconfirmed(submitting(), CLAIM, ERROR, at=LATER, look_at=LATER + 5)
        assert (after.status, after.error) == (RunStatus.UNCONFIRMED, ERROR)
        assert after.watch_at == LATER + 5

    @pytest.mark.parametrize("run", [queued(), UNCONFIRMED, submitting(claim="newer"), running()])
    def test_others_stay_as_they_are(self, run: Run) -> None:
        assert leave_unconfirmed(run, CLAIM, ERROR, at=LATER, look_at=LATER + 5) is run


class TestLookAgain:
    def test_the_next_look_moves(self) -> None:
        assert look_again(running(), LATER) == running(watch_at=LATER)

    def test_a_run_that_nobody_watches_stays_so(self) -> None:
        assert look_again(queued(), LATER) == queued()


class TestNoteDoubles:
    def test_sessions_beyond_the_runs_own_are_noted_once(self) -> None:
        run = running(past_sessions=("past",), double_sessions=("double",))
        found = ("past", SESSION, "double", OTHER_SESSION)
        after = note_doubles(run, found, at=LATER)
        assert after == replace(run, double_sessions=("double", OTHER_SESSION), changed_at=LATER)
        assert note_doubles(after, found, at=LATER + 1) is after


class TestLose:
    def test_a_run_whose_session_is_gone_fails_and_says_so(self) -> None:
        run = lose(running(), SESSION, at=LATER)
        assert run.status is RunStatus.FAILED
        assert run.error is not None
        assert run.error.code == "FlowSessionNotFound"
        assert run.error.robot_may_have_started is True
        assert (run.ended_at, run.watch_at) == (LATER, LATER + ANNOUNCED_WITHIN)

    @pytest.mark.parametrize(
        "run", [running(flow_session_id=OTHER_SESSION), queued(), running(status=RunStatus.FAILED)]
    )
    def test_others_stay_as_they_are(self, run: Run) -> None:
        assert lose(run, SESSION, at=LATER) is run


def test_waits_between_looks_grow_and_end() -> None:
    polling = Polling(first=100, last=300)
    waits = [polling.wait(polls) for polls in (0, 1, 2, 3, 4, 5_000)]
    assert waits == [100, 150, 225, 300, 300, 300]

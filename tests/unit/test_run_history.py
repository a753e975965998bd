"""A run's history: each state it was in, from when to when, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.lane import Lane
from shared.domain.pause import FOR_EVER, Pause, Why
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.again import requeue, requeue_lost
from shared.domain.run.decision import Candidate
from shared.domain.run.history import FIRST, LIMIT, begun, claimed, life_of, noted
from shared.domain.run.notification import Notification
from shared.domain.run.steps import (
    PAST_SESSIONS_LIMIT,
    adopt,
    cancel,
    claim,
    leave_unconfirmed,
    observe,
)
from shared.domain.run.stretch import CODE_LIMIT, MESSAGE_LIMIT, Reason, Stretch, reason
from shared.domain.run.waiter import Waiter
from shared.domain.run.waiters import WAITERS_LIMIT
from shared.domain.session import FlowSession, StatusCode
from shared.storage import rows, run_histories, run_rows
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable
from shared.storage.table import Entity, Insert
from tests.simulation.table import SimulatedTable
from tests.support.runs import (
    CLAIM,
    ERROR,
    LANE,
    NOW,
    PACE,
    POLLING,
    RUN_ID,
    SESSION,
    queued,
    running,
    start_request,
    submitting,
)

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True)
PROPERTY_CHARACTERS = 32 * 1024
SECOND, MINUTE = 1_000, 60_000
THROTTLED = RunError("DesktopFlowsActionThrottled", "too many", robot_may_have_started=False)
LOST = RunError("SubmissionLost", "no session", robot_may_have_started=False)
FREE = Lane(LANE, "org.crm.dynamics.com", "shared_uiflow_1")


def stepped(run: Run, step: Callable[[Run], Run]) -> Run:
    return noted(run, step(run))


def taken(run: Run, at: int) -> Run:
    """Claim a run that was read, which the app never does: its history is noted all the same."""
    after = claim(run, CLAIM, at=at, watch_at=at, callback_base=None, callback_key=None)
    return claimed(after, None)


def told(run: Run) -> list[tuple[str, str | None]]:
    return [
        (each.status.value, None if each.reason is None else each.reason.code)
        for each in life_of(run)
    ]


def test_a_run_begins_with_its_first_state() -> None:
    assert life_of(begun(queued())) == (Stretch(RunStatus.QUEUED, NOW),)


def test_a_run_that_goes_well_has_one_stretch_a_state_and_nothing_to_say_of_most() -> None:
    run = taken(begun(queued()), NOW + SECOND)
    run = stepped(run, lambda run: adopt(run, SESSION, at=NOW + 2 * SECOND, polling=POLLING))
    done = FlowSession(
        SESSION,
        StatusCode.SUCCEEDED,
        started_at=NOW + 9 * SECOND,
        completed_at=NOW + MINUTE,
    )
    run = stepped(run, lambda run: observe(run, done, at=NOW + 2 * MINUTE, polling=POLLING))
    assert told(run) == [
        ("Queued", None),
        ("Submitting", None),
        ("Running", "AwaitsMachine"),
        ("Running", None),
        ("Succeeded", None),
    ]
    assert [each.since - NOW for each in life_of(run)] == [0, 1_000, 2_000, 9_000, 120_000]
    assert [each.until for each in life_of(run)][:-1] == [each.since for each in life_of(run)][1:]


def test_a_submission_that_is_put_back_says_why() -> None:
    run = taken(begun(queued()), NOW)
    run = stepped(run, lambda run: requeue(run, CLAIM, at=NOW + SECOND, error=THROTTLED))
    run = taken(run, NOW + MINUTE)
    assert told(run) == [
        ("Queued", None),
        ("Submitting", THROTTLED.code),
        ("Queued", "AwaitsTurn"),
        ("Submitting", None),
    ]


def test_one_that_nobody_can_confirm_says_what_happened_and_what_came_of_it() -> None:
    run = taken(begun(queued()), NOW)
    look = NOW + MINUTE
    run = stepped(
        run, lambda run: leave_unconfirmed(run, CLAIM, ERROR, at=NOW + SECOND, look_at=look)
    )
    assert told(run)[1:] == [("Submitting", ERROR.code), ("Unconfirmed", ERROR.code)]
    found = stepped(run, lambda run: adopt(run, SESSION, at=look, polling=POLLING))
    assert told(found)[2:] == [("Unconfirmed", ERROR.code), ("Running", "AwaitsMachine")]
    lost = stepped(run, lambda run: requeue_lost(run, CLAIM, at=look, error=LOST, polling=POLLING))
    assert told(lost)[2:] == [("Unconfirmed", LOST.code), ("Queued", LOST.code)]


def test_an_end_has_the_reason_of_its_error() -> None:
    run = stepped(begun(queued()), lambda run: cancel(run, at=NOW + SECOND))
    assert told(run) == [("Queued", None), ("Cancelled", None)]
    session = FlowSession(SESSION, StatusCode.FAILED, error_code="Broken", error_message="it is")
    run = stepped(
        replace(running(), history=(Stretch(RunStatus.RUNNING, NOW),)),
        lambda run: observe(run, session, at=NOW + SECOND, polling=POLLING),
    )
    assert told(run)[-1] == ("Failed", "Broken")


def test_what_changes_no_state_is_no_stretch() -> None:
    run = taken(begun(queued()), NOW)
    assert stepped(run, lambda run: replace(run, polls=5, changed_at=NOW + SECOND)).history == (
        run.history
    )
    assert claimed(run, None) is run


def test_a_clock_that_is_behind_ends_no_stretch_before_it_began() -> None:
    run = taken(begun(queued()), NOW - MINUTE)
    (first, second) = run.history
    assert (first.since, first.until, second.since) == (NOW, NOW, NOW)


def test_a_robot_that_began_at_an_impossible_time_parts_nothing() -> None:
    """Dataverse's clock is another."""
    for began in (NOW - MINUTE, NOW, NOW + MINUTE, NOW + 2 * MINUTE):
        run = running(
            status=RunStatus.SUCCEEDED,
            started_at=began,
            history=(
                Stretch(RunStatus.RUNNING, NOW, NOW + MINUTE),
                Stretch(RunStatus.SUCCEEDED, NOW + MINUTE),
            ),
        )
        assert life_of(run) == run.history


class TestWhatAQueuedRunWaitedFor:
    def after(self, lane: Lane, at: int, run: Run | None = None) -> Reason | None:
        run = run or begun(queued())
        due = rows.place_of(run)
        assert due is not None
        changes = run_rows.claimed_properties(
            due, CLAIM, at=at, watch_at=at, paused=lane.last_pause
        )
        row = Entity(rows.run_row(run.id), {**run_rows.from_run(run), **changes})
        history = run_rows.to_run(LANE, row).history
        assert history[-1] == Stretch(RunStatus.SUBMITTING, at)
        return history[-2].reason

    def test_nothing(self) -> None:
        assert self.after(FREE, NOW + SECOND) is None

    def test_its_turn(self) -> None:
        reason = self.after(FREE, NOW + MINUTE)
        assert reason is not None
        assert reason.code == Why.AWAITS_TURN

    def test_a_pause_that_an_operator_ended(self) -> None:
        stopped = FREE.stop(Pause(FOR_EVER, Why.LANE_PAUSED, "month end", NOW - MINUTE))
        resumed = stopped.resume(NOW + MINUTE)
        assert self.after(resumed, NOW + MINUTE) == Reason(Why.LANE_PAUSED, "month end")

    def test_a_pause_that_ended_by_itself(self) -> None:
        """Also for those who come after the one who found out that it may go on."""
        held = FREE.wait(Pause(NOW + MINUTE, Why.SERVICE_PROTECTION, "too many", NOW))
        told = Reason(Why.SERVICE_PROTECTION, "too many")
        assert self.after(held, NOW + MINUTE) == told
        assert self.after(held.go_on(NOW + MINUTE), NOW + 2 * MINUTE) == told

    def test_no_pause_that_was_over_before_it_came(self) -> None:
        held = FREE.wait(Pause(NOW - 1, Why.SERVICE_PROTECTION, "too many", NOW - MINUTE))
        high = begun(queued(due_at=NOW - 10 * MINUTE))
        for run in (begun(queued()), high):
            assert self.after(held, NOW + SECOND, run) is None

    def test_a_later_turn(self) -> None:
        """Even if its lane paused while it was not its turn."""
        held = FREE.wait(Pause(NOW + SECOND, Why.SERVICE_PROTECTION, "too many", NOW))
        later = begun(queued(due_at=NOW + MINUTE))
        reason = self.after(held, NOW + MINUTE, later)
        assert reason is not None
        assert reason.code == Why.LATER_TURN

    def test_the_pause_is_kept_once_and_goes_from_the_row(self) -> None:
        table = SimulatedTable()
        runs, lanes = RunTable(table), LaneTable(table)
        held = FREE.wait(Pause(NOW + MINUTE, Why.SERVICE_PROTECTION, "too many", NOW))
        lanes.ensure(held)
        runs.insert(RUN_ID, start_request())
        lane = lanes.read(LANE)
        assert lane is not None
        at = NOW + MINUTE
        assert lanes.claim(lane, lanes.backlog(LANE, 1), CLAIM, settled=lane.lane, at=at, pace=PACE)
        stored = runs.read(RUN_ID)
        assert stored is not None
        runs.change(stored, lambda run: adopt(run, SESSION, at=at, polling=POLLING))
        row = table.get(LANE, rows.run_row(RUN_ID))
        assert row is not None
        assert not any(name.startswith("Pause") for name in row.properties)
        assert told(run_rows.to_run(LANE, row)) == [
            ("Queued", "ServiceProtection"),
            ("Submitting", None),
            ("Running", "AwaitsMachine"),
        ]


class TestBounds:
    def long(self) -> Run:
        run = begun(queued())
        for number in range(100):
            at = NOW + number * MINUTE
            run = taken(run, at)
            run = stepped(run, lambda run, at=at: requeue(run, CLAIM, at=at, error=THROTTLED))  # type: ignore[misc]  # the loop's own time
        return run

    def test_of_a_long_life_the_middle_goes_and_the_gap_can_be_seen(self) -> None:
        history = self.long().history
        assert len(history) == LIMIT
        gaps = [
            number
            for number, (one, next_) in enumerate(pairwise(history), 1)
            if one.until != next_.since
        ]
        assert gaps == [FIRST]
        assert (history[0].since, history[-1].until) == (NOW, None)

    @pytest.mark.parametrize("character", ["\U0001f916", '"', "\\", "\n", "\x00", "\ud83e"])
    def test_the_longest_history_fits_into_its_property(self, character: str) -> None:
        """A row with a longer one would never be written, and the run never end."""
        why = reason(character * 100_000, character * 100_000)
        assert (len(why.code), len(why.message)) == (CODE_LIMIT, MESSAGE_LIMIT)
        stretch = Stretch(RunStatus.UNCONFIRMED, 10**13, 10**13, why)
        written = run_rows.from_run(running(history=(stretch,) * LIMIT))["History"]
        assert len(str(written).encode("utf-16-le")) // 2 <= PROPERTY_CHARACTERS
        assert run_histories.history(written) == (stretch,) * LIMIT

    def test_the_fullest_row_is_taken(self) -> None:
        """All that a run may hold at its longest, in a table with the bounds of storage."""
        words = '"' * 100_000
        guids = tuple(f"d9687093-d0c0-ec11-983e-{n:012d}" for n in range(PAST_SESSIONS_LIMIT))
        stretch = Stretch(RunStatus.UNCONFIRMED, 10**13, 10**13, reason(words, words))
        run = running(
            past_sessions=guids,
            double_sessions=guids[:20],
            error=RunError(words, words, words),
            licence=words,
            candidates=(Candidate(SESSION, NOW, 2, ("near",) * 5, ("other",) * 5),) * 20,
            waiters=tuple(Waiter("0123456789abcdef", cancels=True) for _ in range(WAITERS_LIMIT)),
            notification=Notification(NOW, 20, error=words, retried_at=NOW, earlier=9),
            history=(stretch,) * LIMIT,
        )
        table = SimulatedTable()
        table.commit(LANE, [Insert(rows.run_row(run.id), run_rows.from_run(run))])
        row = table.get(LANE, rows.run_row(run.id))
        assert row is not None
        assert len(run_rows.to_run(LANE, row).history) == LIMIT

    @EXAMPLES
    @given(text=st.text())
    def test_whatever_others_say_is_kept_as_storage_takes_it(self, text: str) -> None:
        why = reason(text, text)
        stretch = Stretch(RunStatus.QUEUED, NOW, None, why)
        written = run_histories.from_history((stretch,))
        assert run_histories.history(written) == (stretch,)


class TestRowsOfEarlierVersions:
    def read(self, run: Run, **properties: str) -> Run:
        return run_rows.to_run(
            LANE, Entity(rows.run_row(run.id), {**run_rows.from_run(run), **properties})
        )

    def test_a_run_without_a_history_begins_one_with_its_next_change(self) -> None:
        run = self.read(submitting())
        assert life_of(run) == ()
        after = stepped(run, lambda run: adopt(run, SESSION, at=NOW + SECOND, polling=POLLING))
        assert [each.status for each in after.history] == [RunStatus.RUNNING]

    @pytest.mark.parametrize("written", ["", "nonsense", "{}", '[["Never",1,null]]', "[[1]]", "7"])
    def test_a_history_that_cannot_be_read_keeps_no_run_from_being_read(self, written: str) -> None:
        assert self.read(running(), History=written) == running()

"""What needs somebody's attention, as it comes up and goes again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.lane_stop import Stop
from shared.domain.pause import Pause
from shared.domain.run import RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.notification import Notification
from shared.services.reading.attention import LATE_MS, SHOWN, Attention
from shared.services.reading.index_listing import SomeRuns
from tests.simulation.bench import Bench
from tests.simulation.dataverse import ENVIRONMENT
from tests.support.seeding import seed_index

NOBODY = SomeRuns((), more=False)


@pytest.fixture
def bench() -> Bench:
    return Bench(verbose=False)


def attention(bench: Bench) -> Attention:
    return bench.do(lambda services: services.attention())


def sweep(bench: Bench) -> None:
    bench.do(lambda services: services.sweep())


def test_an_app_whose_timer_never_came_is_late_and_nothing_else_is_wrong(bench: Bench) -> None:
    told = attention(bench)
    assert (told.swept_at, told.late) == (None, True)
    assert (told.needing, told.given_up) == (NOBODY, NOBODY)
    assert (list(told.paused), told.hold, list(told.messages), told.allowance) == (
        [],
        None,
        [],
        None,
    )


def test_a_sweep_is_late_two_minutes_after_the_last(bench: Bench) -> None:
    sweep(bench)
    assert not attention(bench).late
    bench.wait(LATE_MS + 1_000)
    told = attention(bench)
    assert told.late
    assert told.swept_at is not None
    sweep(bench)
    assert not attention(bench).late


def test_a_paused_lane_is_told_until_it_goes_on(bench: Bench) -> None:
    bench.start("a")
    bench.do(lambda services: services.pause_lane(bench.lane, Stop("closed")))
    (lane,) = attention(bench).paused
    assert lane.pause is not None
    assert (lane.id, lane.pause.message, lane.backlog.number) == (bench.lane, "closed", 1)
    bench.do(lambda services: services.resume_lane(bench.lane))
    assert list(attention(bench).paused) == []


def test_a_run_that_is_queued_for_a_paused_lane_is_seen_by_the_next_sweep(bench: Bench) -> None:
    """The lane was idle when it was paused, and nobody works it."""
    run = bench.start("a")
    bench.do(lambda services: services.cancel(run.id))
    assert bench.do(lambda services: services.pause_lane(bench.lane, Stop("closed")))
    bench.start("b")
    assert [lane.backlog.number for lane in attention(bench).paused] == [0]
    sweep(bench)
    assert [lane.backlog.number for lane in attention(bench).paused] == [1]


def test_what_holds_all_lanes_is_told_as_long_as_it_does(bench: Bench) -> None:
    pause = Pause(bench.now + 30_000, "AppNotMember", "not a member", bench.now)
    bench.do(
        lambda services: services.attention.known.change_hold(
            lambda hold: hold.told(pause, bench.now, by_submission=True)
        )
    )
    assert attention(bench).hold == pause
    bench.wait(31_000)
    assert attention(bench).hold is None


def test_runs_that_need_an_operator_are_told_up_to_twenty(bench: Bench) -> None:
    for number in range(SHOWN + 1):
        stored = bench.stored(bench.start(f"w{number}"))
        run = bench.runs.change(stored, lambda run: replace(run, needs_operator_at=bench.now))
        seed_index(bench.world.table, ENVIRONMENT, [run], bench.now)
    told = attention(bench).needing
    assert (len(told.runs), told.more) == (SHOWN, True)
    assert told.runs[0].created_at >= told.runs[-1].created_at


def test_a_receiver_that_was_given_up_is_told(bench: Bench) -> None:
    run = bench.start("a")
    given_up = Notification(bench.now, 9, given_up_at=bench.now, error="410")
    bench.world.table.watchers.clear()  # nothing proves this end
    over = bench.runs.change(
        bench.stored(run),
        lambda run: replace(end(run, RunStatus.CANCELLED, at=bench.now), notification=given_up),
    )
    seed_index(bench.world.table, ENVIRONMENT, [over], bench.now)
    assert [each.id for each in attention(bench).given_up.runs] == [run.id]

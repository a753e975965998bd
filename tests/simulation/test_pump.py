"""The pump, told small: lanes in hand, handed over, put back and taken over."""

import itertools
from collections.abc import Iterator
from functools import partial

import pytest

from shared.domain.guard import Guard, read_guard
from shared.domain.lease import GUARD_DELAY_MS, LEASE_MS
from shared.domain.run import Run, RunStatus
from shared.domain.window import Pace
from shared.services.submitting import pump
from shared.triggers.provider import Services
from tests.simulation.bench import Bench, Undertaking
from tests.simulation.mutated_pump import no_look_after_letting_go

WIDE = Pace(limit=50, window=60_000, deadline=30_000, margin=250)
QUEUED = RunStatus.QUEUED


def statuses(bench: Bench, runs: list[Run]) -> list[RunStatus]:
    return [bench.stored(run).run.status for run in runs]


def guards(bench: Bench) -> list[Guard]:
    """Give the guards that were sent, whether they are due or not."""
    read = [read_guard(text) for text in bench.world.wake_ups.waiting.values()]
    return [guard for guard in read if guard is not None]


def busy_holder(bench: Bench) -> tuple[list[Run], Undertaking[None]]:
    """Let an instance work a lane until it stands still amid its backlog, having sent a guard."""
    runs = [bench.start(f"run-{number}") for number in range(30)]

    def stops(_: int) -> bool:
        return bool(guards(bench)) and QUEUED in statuses(bench, runs)

    return runs, bench.begin(lambda services: services.dispatch(bench.lane), stops)


def test_a_run_that_is_put_back_after_its_lane_was_left_empty_goes_again() -> None:
    """Seed 109: nobody looked at the backlog again, and a guard or a sweep found it."""
    bench = Bench(takes_markers=False, callbacks=False)
    run = bench.start("a")
    bench.do(lambda services: services.dispatch(bench.lane))
    assert statuses(bench, [run]) == [RunStatus.RUNNING]


def test_a_wake_up_beside_a_call_that_hangs_hands_its_lane_over_and_ends() -> None:
    bench = Bench(submits_for=20_000)
    scheduler, ended = bench.world.scheduler, []
    bench.start("a")
    began = scheduler.now

    def second() -> None:
        bench.instance.services.dispatch(bench.lane)
        ended.append(scheduler.now)

    scheduler.after(1_000, lambda: scheduler.spawn(bench.instance.process, second))
    bench.do(lambda services: services.dispatch(bench.lane))
    assert scheduler.now - began >= 20_000
    assert [when - began < 3_000 for when in ended] == [True]


def test_the_lanes_of_a_holder_that_died_are_taken_over_once_its_lease_is_over() -> None:
    bench = Bench(pace=WIDE, concurrency=4, submits_for=3_000)
    runs, holder = busy_holder(bench)
    (guard,) = guards(bench)
    bench.kill(holder)
    waiting = statuses(bench, runs).count(QUEUED)
    bench.do(lambda services: services.dispatch.take_over(guard))
    assert statuses(bench, runs).count(QUEUED) == waiting > 0, "its lease was not over"
    bench.wait(LEASE_MS)
    bench.do(lambda services: services.dispatch.take_over(guard))
    assert QUEUED not in statuses(bench, runs)


def test_a_holder_that_stood_still_leaves_its_lane_to_who_took_it_over() -> None:
    """And settles what it had under way: all but the slots of which nobody knows."""
    bench = Bench(pace=WIDE, concurrency=4, submits_for=3_000)
    runs, holder = busy_holder(bench)
    (guard,) = guards(bench)
    bench.wait(LEASE_MS)
    bench.do(lambda services: services.dispatch.take_over(guard))
    bench.go_on(holder)
    assert QUEUED not in statuses(bench, runs)
    lane = bench.lanes.read(bench.lane)
    assert lane is not None
    unknown = statuses(bench, runs).count(RunStatus.UNCONFIRMED)
    assert sum(slots.count for slots in lane.lane.window.claimed) == unknown
    assert len(bench.world.dataverse.sessions) == len(runs)


def test_a_guard_of_one_who_lives_costs_one_look() -> None:
    bench = Bench(pace=WIDE, concurrency=4, submits_for=3_000)
    _, holder = busy_holder(bench)
    (guard,) = guards(bench)
    read = bench.history.count("table.get lane")
    named = Guard(guard.holder, guard.lanes * 50)
    bench.do(lambda services: services.dispatch.take_over(named))
    assert bench.history.count("table.get lane") == read + 1
    bench.go_on(holder)


def test_a_start_does_not_wake_a_lane_that_is_worked() -> None:
    """And its run is found by who works it, before the lane is let go."""
    bench = Bench(pace=WIDE, concurrency=4, submits_for=3_000)
    _, holder = busy_holder(bench)
    sent = bench.history.count("queue.send to wake-up")
    late = bench.start("late")
    assert bench.history.count("queue.send to wake-up") == sent
    bench.go_on(holder)
    assert statuses(bench, [late]) == [RunStatus.RUNNING]


def runs_left_alone() -> int:
    """Start a run before each call of who works its lane; count those that nobody looks for."""
    alone = 0
    for number in itertools.count(1):
        left = is_left_alone(number)
        if left is None:
            return alone
        alone += left
    raise AssertionError("it never ends")


def is_left_alone(number: int) -> bool | None:
    """Start a run before that call of who works its lane; None if there are fewer calls."""
    bench = Bench(pace=WIDE, concurrency=2)
    for name in "abcdefg":
        bench.start(name)
    holder = bench.begin(lambda services: services.dispatch(bench.lane), number.__eq__)
    if holder.over:
        return None
    woken = wake_ups(bench)
    late = bench.start("late")
    woken = wake_ups(bench) - woken
    bench.go_on(holder)
    return QUEUED in statuses(bench, [late]) and not woken


def wake_ups(bench: Bench) -> int:
    return sum(text == bench.lane for text in bench.world.wake_ups.waiting.values())


def test_a_run_that_is_started_while_its_lane_is_let_go_is_looked_for() -> None:
    """By the one who lets it go, or by a wake-up: never by neither."""
    assert runs_left_alone() == 0


def test_without_a_look_after_letting_go_some_run_would_be_left_alone() -> None:
    with no_look_after_letting_go():
        assert runs_left_alone() > 0


def before_each_call() -> Iterator[tuple[Bench, list[Run], Undertaking[None]]]:
    """Let an instance work a lane, and stand still before its first call, its second, and so on.

    Of those worlds, give the ones in which it had sent a guard by then.
    """
    for number in itertools.count(1):
        bench = Bench(pace=WIDE, concurrency=2, submits_for=500)
        runs = [bench.start(name) for name in "abcdefgh"]
        holder = bench.begin(partial(_dispatch, bench.lane), number.__eq__)
        if holder.over:
            return
        if guards(bench):
            yield bench, runs, holder


def _dispatch(lane_id: str, services: Services) -> None:
    services.dispatch(lane_id)


def _take_over(guard: Guard, services: Services) -> None:
    services.dispatch.take_over(guard)


def test_whoever_dies_at_whatever_call_is_replaced_by_its_guard() -> None:
    """No sweep is needed: within ten seconds its last guard comes, and its lanes go on."""
    worlds = 0
    for bench, runs, holder in before_each_call():
        bench.kill(holder)
        bench.wait(GUARD_DELAY_MS)
        bench.do(partial(_take_over, guards(bench)[-1]))
        assert QUEUED not in statuses(bench, runs)
        worlds += 1
    assert worlds > 20


def test_whoever_stood_still_at_whatever_call_makes_no_run_work_twice() -> None:
    """Its lane was taken over meanwhile, and it goes on with what it was about to do."""
    worlds = 0
    for bench, runs, holder in before_each_call():
        bench.wait(GUARD_DELAY_MS)
        bench.do(partial(_take_over, guards(bench)[-1]))
        bench.go_on(holder)
        assert QUEUED not in statuses(bench, runs)
        assert len(bench.world.dataverse.sessions) <= len(runs)
        worlds += 1
    assert worlds > 20


def test_a_lane_that_a_loop_has_no_time_for_is_woken_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed 283: the start's wake-up had come to that loop, and still seemed to be under way."""
    monkeypatch.setattr(pump, "BUDGET_SECONDS", 0.0)
    bench = Bench()
    run = bench.start("a")
    sent = wake_ups(bench)
    bench.do(lambda services: services.dispatch(bench.lane))
    assert statuses(bench, [run]) == [QUEUED]
    assert wake_ups(bench) == sent + 1

"""The pump, told small: lanes in hand, handed over, put back and taken over."""

import pytest

from shared.domain.lease import GUARD_DELAY_MS, LEASE_MS
from shared.domain.run import Run, RunStatus
from tests.simulation.bench import Bench
from tests.simulation.chaos import Rates

SOON_MS = 2_500
"""A wake-up or a guard that is due is delivered within this."""


@pytest.fixture
def bench() -> Bench:
    return Bench()


def status(bench: Bench, run: Run) -> RunStatus:
    return bench.stored(run).run.status


def test_a_run_that_is_put_back_after_its_lane_was_left_empty_goes_again() -> None:
    """Seed 109: nobody looked at the backlog again, and a guard or a sweep found it."""
    bench = Bench(takes_markers=False, callbacks=False)
    run = bench.start("a")
    bench.do(lambda services: services.dispatch(bench.lane))
    assert status(bench, run) is RunStatus.RUNNING


def test_a_wake_up_during_a_call_is_handed_over_and_ends() -> None:
    """However long a call of a lane hangs, other lanes and other wake-ups do not wait for it."""
    bench = Bench(submits_for=20_000)
    first = bench.start("a")
    began = bench.world.scheduler.now
    loop = bench.begin(lambda services: services.dispatch(bench.lane), lambda call: call == 6)
    second = bench.start("b")
    bench.do(lambda services: services.dispatch(bench.lane))
    del began
    bench.go_on(loop)
    assert {status(bench, run) for run in (first, second)} == {RunStatus.RUNNING}


def test_a_lane_whose_holder_dies_is_taken_over_by_its_guard(bench: Bench) -> None:
    """No sweep runs here: what goes on goes on by the guard alone."""
    runs = [bench.start(f"run-{number}") for number in range(5)]
    holder = bench.begin(lambda services: services.dispatch(bench.lane), lambda call: call == 30)
    lane = bench.lanes.read(bench.lane)
    assert lane is not None
    assert lane.lane.lease.holder
    bench.kill(holder)
    bench.world.host.open(1)
    bench.wait(GUARD_DELAY_MS + SOON_MS)
    waiting = [run for run in runs if status(bench, run) is RunStatus.QUEUED]
    assert len(waiting) <= 2, "its slots suffice for three of five"
    again = bench.lanes.read(bench.lane)
    assert again is not None
    assert again.lane.lease.holder != lane.lane.lease.holder

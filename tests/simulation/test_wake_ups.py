"""Wake-ups: a burst of starts sends few of them, and no run is left alone for it."""

import pytest

from shared.domain.run import RunStatus
from tests.simulation.bench import Bench

SENT = "queue.send to wake-up"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_burst_of_starts_sends_one_wake_up_a_second(bench: Bench) -> None:
    begun = bench.world.scheduler.now
    for number in range(40):
        bench.start(f"burst-{number}")
    took = bench.world.scheduler.now - begun
    assert bench.history.count(SENT) <= 1 + took / 1_000
    assert bench.history.count(SENT) < 10


def test_a_run_queued_after_its_lane_was_looked_at_sends_another(bench: Bench) -> None:
    """The mark of the first wake-up is taken away before the backlog is read."""
    first = bench.start("first")
    bench.do(lambda services: services.dispatch(bench.lane))
    assert bench.stored(first).run.status is not RunStatus.QUEUED
    sent = bench.history.count(SENT)
    bench.start("second")
    assert bench.history.count(SENT) == sent + 1

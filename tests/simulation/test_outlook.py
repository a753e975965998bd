"""What a caller is told of a queued run's turn comes true."""

from __future__ import annotations

from shared.domain.run import RunStatus
from tests.simulation.bench import Bench

ONE_AFTER_ANOTHER = 17
"""Runs on one lane that takes three in any window: six windows of them."""


def test_the_expected_time_of_a_submission_is_right_to_within_one_window() -> None:
    bench = Bench(works=1_000)
    runs = [bench.start(f"run-{number}") for number in range(ONE_AFTER_ANOTHER)]
    bench.world.host.open(1)
    bench.wait(10_000)
    queued = [each for run in runs if (each := bench.stored(run).run).status is RunStatus.QUEUED]
    told = bench.do(lambda services: [services.lanes.outlook(run).expectation for run in queued])
    assert [each.place for each in told if each] == [(n, True) for n in range(len(queued))]
    bench.rest()
    window = bench.scenario.pace.window
    for run, before in zip(queued, told, strict=True):
        submitted_at = bench.stored(run).run.submitted_at
        assert submitted_at is not None
        assert before is not None
        assert before.submission_at is not None
        assert abs(submitted_at - before.submission_at) <= window
    assert len(queued) >= ONE_AFTER_ANOTHER - bench.scenario.pace.limit

"""An operator pauses a lane: nothing is claimed until it is resumed, and nobody is woken for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.domain.lane_stop import Stop
from shared.domain.pause import Why
from shared.domain.run import RunStatus
from shared.triggers.provider import Services
from tests.simulation.bench import Bench

SENT = "queue.send to wake-up"
STOP = Stop("month end")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def dispatch(bench: Bench) -> None:
    bench.do(lambda services: services.dispatch(bench.lane))


def test_a_paused_lane_accepts_starts_and_claims_nothing(bench: Bench) -> None:
    first = bench.start("first")
    assert bench.do(lambda services: services.pause_lane(bench.lane, STOP))
    second = bench.start("second")
    dispatch(bench)
    assert {bench.stored(run).run.status for run in (first, second)} == {RunStatus.QUEUED}
    outlook = bench.do(lambda services: services.lanes.outlook(bench.stored(second).run))
    assert outlook.waiting is not None
    assert (outlook.waiting.code, outlook.waiting.message) == (Why.LANE_PAUSED, "month end")
    assert outlook.expectation is not None
    assert outlook.expectation.place == (1, True)
    assert outlook.expectation.submission_at is None


def test_nobody_is_woken_for_a_lane_that_somebody_has_to_resume(bench: Bench) -> None:
    """Neither by a start, nor by the sweep of each minute."""
    bench.start("first")
    bench.do(lambda services: services.pause_lane(bench.lane, STOP))
    sent = bench.history.count(SENT)
    bench.start("second")
    dispatch(bench)
    for _ in range(3):
        bench.wait(60_000)
        bench.do(lambda services: services.sweep())
    assert bench.history.count(SENT) == sent


def test_resuming_wakes_the_lane_and_all_go_on(bench: Bench) -> None:
    runs = [bench.start(f"run-{number}") for number in range(3)]
    bench.do(lambda services: services.pause_lane(bench.lane, STOP))
    dispatch(bench)
    sent = bench.history.count(SENT)
    assert bench.do(lambda services: services.resume_lane(bench.lane))
    assert bench.history.count(SENT) == sent + 1
    dispatch(bench)
    assert {bench.stored(run).run.status for run in runs} == {RunStatus.RUNNING}


def test_a_pause_with_an_end_ends_by_itself(bench: Bench) -> None:
    run = bench.start("a")
    bench.do(lambda services: services.pause_lane(bench.lane, Stop("lunch", bench.now + 90_000)))
    dispatch(bench)
    assert bench.stored(run).run.status is RunStatus.QUEUED
    bench.world.host.open(1)
    bench.wait(95_000)
    assert bench.stored(run).run.status is RunStatus.RUNNING


def test_a_claim_that_began_before_the_pause_does_not_succeed_after_it(bench: Bench) -> None:
    """The dispatch stands still between reading the lane and its claim."""
    run = bench.start("a")
    for stop in range(1, 9):
        begun = bench.begin(lambda services: services.dispatch(bench.lane), stop.__eq__)
        if begun.over or bench.stored(run).run.status is not RunStatus.QUEUED:
            break
        bench.do(lambda services: services.pause_lane(bench.lane, STOP))
        bench.go_on(begun)
        assert bench.stored(run).run.status is RunStatus.QUEUED
        bench.do(lambda services: services.resume_lane(bench.lane))
    assert stop > 4, "it never stood between the two"


def test_what_was_submitted_is_followed_while_its_lane_is_paused() -> None:
    bench = Bench(works=5_000)
    run = bench.start("a")
    dispatch(bench)
    bench.do(lambda services: services.pause_lane(bench.lane, STOP))
    bench.rest()
    assert bench.stored(run).run.status is RunStatus.SUCCEEDED


def test_twice_is_the_same_and_another_word_replaces_it(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.start("a")
    with caplog.at_level("INFO", logger="shared"):
        for _ in range(2):
            assert bench.do(lambda services: services.pause_lane(bench.lane, STOP))
        assert bench.do(lambda services: services.pause_lane(bench.lane, Stop("year end")))
        for _ in range(2):
            assert bench.do(lambda services: services.resume_lane(bench.lane))
    told = [record.getMessage().partition(" ")[0] for record in caplog.records]
    assert told.count("lane.paused") == 2
    assert told.count("lane.goes_on") == 1


def test_there_is_nothing_to_pause_where_there_is_no_lane(bench: Bench) -> None:
    for lane_id in (bench.lane, "nonsense", ""):
        assert not bench.do(_pausing(lane_id))
        assert not bench.do(_resuming(lane_id))


def _pausing(lane_id: str) -> Callable[[Services], bool]:
    return lambda services: services.pause_lane(lane_id, STOP)


def _resuming(lane_id: str) -> Callable[[Services], bool]:
    return lambda services: services.resume_lane(lane_id)

"""The simulated Dataverse counts its user's calls, and refuses what is too much."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from shared.dataverse.errors import ThrottledError
from shared.domain.allowance import Allowance
from shared.triggers.provider import Services
from tests.simulation.bench import Bench
from tests.simulation.protection import TOO_CONCURRENT, TOO_LONG, TOO_MANY, UserLimits

LIMITS = UserLimits(requests=5, execution=3_000, window=60_000, concurrent=2)


def bench_with(limits: UserLimits, submits_for: int = 0) -> Bench:
    return Bench(user=limits, concurrency=16, submits_for=submits_for, reads_for=submits_for)


def admit(bench: Bench, service: int) -> tuple[str, float | None] | None:
    """Ask for a call that is worked on for so long, and give what it was refused with."""
    try:
        bench.world.dataverse.protection.admit(service)
    except ThrottledError as error:
        return error.answer.code, error.retry_after
    return None


def test_requests_are_counted_in_a_sliding_window() -> None:
    bench = bench_with(LIMITS)
    for _ in range(5):
        assert admit(bench, 0) is None
        bench.wait(1_000)
    assert admit(bench, 0) == (TOO_MANY, 55.0)
    bench.wait(54_999)
    assert admit(bench, 0) == (TOO_MANY, 1.0)
    bench.wait(1)
    assert admit(bench, 0) is None


def test_the_time_that_requests_take_is_counted_when_they_end() -> None:
    bench = bench_with(LIMITS)
    assert admit(bench, 2_000) is None
    bench.wait(2_000)
    assert admit(bench, 1_000) is None
    assert admit(bench, 1) is None
    bench.wait(1_000)
    assert admit(bench, 1) == (TOO_LONG, 59.0)
    bench.wait(59_000)
    assert admit(bench, 1) is None


def test_so_many_requests_are_worked_on_at_once() -> None:
    bench = bench_with(LIMITS)
    assert admit(bench, 500) is None
    assert admit(bench, 900) is None
    assert admit(bench, 1) == (TOO_CONCURRENT, 2.0)
    bench.wait(500)
    assert admit(bench, 1) is None


def test_a_refusal_counts_for_nothing_and_may_ask_for_no_time() -> None:
    bench = bench_with(replace(LIMITS, asks=False))
    for _ in range(5):
        admit(bench, 0)
    for _ in range(3):
        assert admit(bench, 0) == (TOO_MANY, None)
    bench.wait(60_000)
    assert admit(bench, 0) is None
    assert bench.world.dataverse.protection.refused == {TOO_MANY: 3}


def test_what_is_refused_never_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection's limit counts what was carried out, and so do the lane's slots."""
    bench = bench_with(replace(LIMITS, concurrent=52))
    runs = [bench.start(f"run-{number}") for number in range(3)]
    protection = bench.world.dataverse.protection
    monkeypatch.setattr(protection, "limits", replace(LIMITS, requests=1))
    bench.do(lambda services: services.dispatch(bench.lane))
    assert len(bench.world.dataverse.arrivals["connection-0"]) == 1
    assert protection.refused == {TOO_MANY: 2}
    lane = bench.lanes.read(bench.lane)
    assert lane is not None
    assert len(lane.lane.window.answered) == 1
    assert not lane.lane.window.claimed
    assert len(runs) == 3


@pytest.mark.parametrize("tells", [True, False])
def test_answers_say_what_is_left_where_dataverse_does(tells: bool) -> None:
    bench = bench_with(replace(LIMITS, concurrent=52, tells=tells))

    def ask(services: Services) -> Allowance | None:
        services.dispatch.step.dataverse.connection_reference("reference-0")
        return services.dispatch.step.dataverse.allowance()

    assert bench.do(lambda services: services.dispatch.step.dataverse.allowance()) is None
    told = [bench.do(ask) for _ in range(2)]
    assert [each and each.remaining for each in told] == ([4, 3] if tells else [None, None])


def test_a_call_takes_as_long_as_it_is_worked_on() -> None:
    bench = bench_with(replace(LIMITS, execution=10**6), submits_for=10_000)
    begun = bench.world.scheduler.now
    bench.do(partial(_ask_for_a_reference))
    assert 5_000 <= bench.world.scheduler.now - begun <= 16_000
    assert bench.world.dataverse.protection.peak == 1


def _ask_for_a_reference(services: Services) -> object:
    return services.dispatch.step.dataverse.connection_reference("reference-0")

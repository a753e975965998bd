"""A flood of callbacks costs a bounded number of looks, and bounded memory."""

from __future__ import annotations

from shared.services.following.callback_limits import (
    OF_A_PROCESS,
    OF_A_RUN,
    RUNS_REMEMBERED,
    CallbackLimits,
)
from tests.support.clocks import HandClock


def admitted(limits: CallbackLimits, run_id: str, count: int) -> int:
    return sum(limits.wait(run_id) == 0 for _ in range(count))


def test_a_run_may_be_called_back_a_few_times_at_once_and_then_slowly() -> None:
    clock = HandClock()
    limits = CallbackLimits(clock)
    assert admitted(limits, "one", 100) == OF_A_RUN.burst
    wait = limits.wait("one")
    assert wait > 0
    clock.sleep(wait)
    assert admitted(limits, "one", 100) == 1


def test_one_runs_flood_takes_nothing_from_another() -> None:
    limits = CallbackLimits(HandClock())
    admitted(limits, "flooded", 10_000)
    assert admitted(limits, "quiet", 3) == 3


def test_a_process_looks_at_so_many_callbacks_and_no_more() -> None:
    limits = CallbackLimits(HandClock())
    total = sum(limits.wait(f"run {number}") == 0 for number in range(5_000))
    assert total == OF_A_PROCESS.burst


def test_only_so_many_runs_are_remembered() -> None:
    limits = CallbackLimits(HandClock())
    for number in range(RUNS_REMEMBERED + 500):
        limits.wait(f"run {number}")
    assert len(limits._runs) == RUNS_REMEMBERED


def test_a_clock_that_stands_still_or_goes_back_gives_nothing_away() -> None:
    clock = HandClock()
    limits = CallbackLimits(clock)
    admitted(limits, "one", OF_A_RUN.burst)
    clock.seconds -= 100
    assert limits.wait("one") > 0

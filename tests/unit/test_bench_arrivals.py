"""What the benchmarks read from the arrivals of submissions."""

from __future__ import annotations

import pytest

from benchmarks.harness.figures import Target
from benchmarks.measures.arrivals import Arrivals, Task
from benchmarks.world import run_of
from local.emulator.records import Outcome, Submission

TASK = Task(runs=6, limit=2, window=10)


def submission(at: float, outcome: Outcome = "accepted") -> Submission:
    return Submission(round(at * 1000), outcome, "a workflow")


def arrivals(*accepted: float, refused: tuple[float, ...] = ()) -> Arrivals:
    seen = [submission(at) for at in accepted]
    seen += [submission(at, "throttled") for at in refused]
    return Arrivals.of("somebody", TASK, seen)


def test_six_runs_two_at_a_time_take_two_windows() -> None:
    assert TASK.optimum == 20
    assert TASK.optimum_of(2) == 0
    assert TASK.optimum_of(3) == 10
    assert Task(280, 70, 60).optimum == 180


def test_who_is_at_the_limit_has_a_pace_of_one_and_loses_nothing() -> None:
    best = arrivals(5, 5, 15, 15, 25, 25)
    assert (best.pace, best.lost, best.most, best.refused) == (1, 0, 2, 0)


def test_what_each_window_loses_is_told() -> None:
    late = arrivals(0, 0.1, 10.5, 10.6, 21, 21.1)
    assert late.lost == pytest.approx(0.5)
    assert late.pace == pytest.approx(20 / 21.1)
    assert late.pace_of(3) == pytest.approx(10 / 10.5)


def test_arrivals_in_any_order_count_from_the_first_that_was_accepted() -> None:
    assert arrivals(9, 3, 6, 4, 5, 8, refused=(1.0,)).accepted == (0, 1, 2, 3, 5, 6)


def test_refused_ones_are_counted_and_fill_the_window() -> None:
    pushed = arrivals(0, 0, 10, 10, 20, 20, refused=(1, 2, 3))
    assert (pushed.refused, pushed.most) == (3, 5)


def test_a_series_ends_with_the_last_arrival() -> None:
    series = arrivals(0, 1, 2, 3, 4, 5).series(every=4)
    assert series.points == ((0.0, 1.0), (4.0, 5.0), (5.0, 6.0))


def test_a_shorter_window_may_lose_as_much_time_as_a_whole_one() -> None:
    assert Task(280, 70, 60).target(0.985) == Target(0.985, at_most=False)
    assert Task(140, 70, 10).target(0.985) == Target(0.9163, at_most=False)


def test_a_run_is_named_by_its_callback_address() -> None:
    assert run_of("http://127.0.0.1:1/api/callbacks/a-run/a-signature") == "a-run"
    assert run_of(None) == ""

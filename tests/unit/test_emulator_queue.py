"""The emulator's machine queue, and how its robots end."""

from __future__ import annotations

import random

from local.emulator.endings import ending_of
from local.emulator.run_queue import RunQueue


def test_runs_leave_by_priority_then_by_the_time_of_the_request() -> None:
    queue = RunQueue()
    for name, priority, at in (("b", "normal", 2), ("a", "normal", 1), ("c", "high", 3)):
        queue.push(name, priority=priority, requested_ms=at)
    assert [queue.pop() for _ in range(4)] == ["c", "a", "b", None]


def test_runs_of_the_same_moment_leave_in_the_order_they_came() -> None:
    queue = RunQueue()
    for name in ("z", "a", "m"):
        queue.push(name, priority="normal", requested_ms=1)
    assert [queue.pop() for _ in range(3)] == ["z", "a", "m"]


def test_a_withdrawn_run_is_passed_over() -> None:
    queue = RunQueue()
    for name in ("a", "b"):
        queue.push(name, priority="normal", requested_ms=1)
    queue.withdraw("a")
    assert ("a" in queue, len(queue)) == (False, 1)
    assert [queue.pop(), queue.pop()] == ["b", None]


def test_robots_take_a_little_more_or_less_and_the_same_with_the_same_seed() -> None:
    one, other = random.Random(7), random.Random(7)
    lengths = [ending_of(None, 10, one).after_seconds or 0 for _ in range(50)]
    assert lengths == [ending_of(None, 10, other).after_seconds for _ in range(50)]
    assert min(lengths) >= 8
    assert max(lengths) <= 12
    assert len(set(lengths)) > 40


def test_inputs_that_ask_for_nothing_are_echoed() -> None:
    ending = ending_of('{"Outcome": "whatever", "RunSeconds": 3}', 10, random.Random(1))
    assert ending.after_seconds == 3
    assert ending.outputs == '{"Outcome": "whatever", "RunSeconds": 3, "Result": "Done"}'
    assert ending_of(None, 10, random.Random(1)).outputs is None

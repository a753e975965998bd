"""Waiting for a state: as long as it takes. What gives up in the end bounds a hang, no more."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 300.0
"""Nothing that a test waits for takes this long, however busy the machine is."""

LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.02, 0.3
"""Looks are work for the parts that others wait for as well: they come more seldom, the longer it
takes."""

MORE_SELDOM = 1.2

Value = TypeVar("Value")


def until(
    condition: Callable[[], Value | None],
    problem: str | Callable[[], object] = "it never comes about",
    *,
    seconds: float = PATIENCE_SECONDS,
    every: float = LOOK_SECONDS,
) -> Value:
    """Wait until the condition holds and return what it gave.

    Fails with `problem` after `seconds`; looks again after `every` seconds, and later each time.
    """
    ends, pause = time.monotonic() + seconds, every
    while not (value := condition()):
        assert time.monotonic() < ends, problem() if callable(problem) else problem
        time.sleep(pause)
        pause = max(every, min(pause * MORE_SELDOM, LONGEST_LOOK_SECONDS))
    return value

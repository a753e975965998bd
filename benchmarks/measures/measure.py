"""A measure: what it is called, how long it may take, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome


@dataclass(frozen=True, slots=True)
class Measure:
    """`seconds`, `quick_seconds`: what it may take at most; it gives what it has by then, or fails.

    `take` raises NotMeasuredError, or PartFailedError where a part of the app does not start.
    """

    name: str
    title: str
    seconds: float
    quick_seconds: float
    take: Callable[[Effort], Outcome]

"""How much is to be measured, by when it has to be done, and where its files go."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

Value = TypeVar("Value")
LOOK_SECONDS = 0.02


class NotMeasuredError(Exception):
    """A measure gives no figures, and why: what it waited for did not come in its time."""


@dataclass(frozen=True, slots=True)
class Effort:
    """`ends`: when a measure has to be done, by the monotonic clock (s). `folder`: for its logs.

    `known`: what an earlier measure of the same run found, which a later one compares with.
    `runs`: how many runs the measure of memory takes, if not as many as its time allows.
    """

    quick: bool
    ends: float
    folder: Path
    known: dict[str, Any] = field(default_factory=dict)
    runs: int | None = None

    def of(self, full: Value, quick: Value) -> Value:
        """Give how much of something is measured: in full, or in a quick run."""
        return quick if self.quick else full

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self.ends - time.monotonic()

    def until(
        self,
        condition: Callable[[], Value | None],
        problem: str,
        *,
        every: float = LOOK_SECONDS,
        seconds: float | None = None,
    ) -> Value:
        """Wait until the condition holds and give what it gave; NotMeasuredError says `problem`.

        `seconds`: waits for so long at most, and never longer than the measure may take.
        """
        ends = self.ends if seconds is None else min(self.ends, time.monotonic() + seconds)
        while not (value := condition()):
            if time.monotonic() >= ends:
                raise NotMeasuredError(problem)
            time.sleep(every)
        return value

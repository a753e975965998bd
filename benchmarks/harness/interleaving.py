"""A floor and a subject measured in turn, so that what disturbs the machine disturbs both alike."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.harness.effort import Effort, NotMeasuredError
from benchmarks.harness.statistics import Pairs

FEWEST = 3
WARM_UP = 2

Sample = Callable[[], float]
"""Takes one sample, and gives what is compared: seconds, requests."""


def in_turn(
    effort: Effort, floor: Sample, subject: Sample, *, pairs: int, warm_up: int = WARM_UP
) -> Pairs:
    """Take so many pairs of samples, or as many as the measure's time allows.

    Which of the two goes first changes from pair to pair: what one leaves behind for the other, a
    cache or a full queue, is shared out. The first `warm_up` samples of each do not count.
    NotMeasuredError if there was time for fewer than FEWEST.
    """
    for _ in range(warm_up):
        floor()
        subject()
    found: list[tuple[float, float]] = []
    while len(found) < pairs and (len(found) < FEWEST or effort.left > 0):
        if effort.left <= 0:
            raise NotMeasuredError(f"there was time for {len(found)} pairs of samples")
        if len(found) % 2:
            above, below = subject(), floor()
        else:
            below, above = floor(), subject()
        found.append((below, above))
    return Pairs(tuple(low for low, _ in found), tuple(high for _, high in found))


def seconds_of(work: Callable[[], object]) -> float:
    """Give how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

"""Arrivals in a window of time: how many there were, and when there is room again."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import Literal

Shape = Literal["sliding", "fixed"]


class ArrivalWindow:
    """Counts arrivals, given in ms since the epoch and not always in their order."""

    def __init__(self) -> None:
        self._arrivals: list[int] = []

    def add(self, at: int, window_ms: int) -> None:
        """Count an arrival, and forget those that are two windows old."""
        insort(self._arrivals, at)
        if self._arrivals[0] < at - 3 * window_ms:  # not at every arrival: it moves the list
            del self._arrivals[: bisect_right(self._arrivals, at - 2 * window_ms)]

    def count(self, at: int, window_ms: int, shape: Shape = "sliding") -> int:
        """Count the arrivals in the window that `at` falls in."""
        return len(self._arrivals) - bisect_right(self._arrivals, _opening(at, window_ms, shape))

    def wait_ms(self, at: int, limit: int, window_ms: int, shape: Shape = "sliding") -> int:
        """Return after how many ms one more may come; 0 if at once."""
        first = bisect_right(self._arrivals, _opening(at, window_ms, shape))
        excess = len(self._arrivals) - first - limit
        if excess < 0:
            return 0
        if shape == "fixed" or limit <= 0:
            return window_ms - at % window_ms
        # Room for one comes when the `excess + 1` oldest have left the window.
        return max(1, self._arrivals[first + excess] + window_ms - at)

    def clear(self) -> None:
        self._arrivals.clear()


def _opening(at: int, window_ms: int, shape: Shape) -> int:
    """Return the last ms before the window that `at` falls in."""
    return at - at % window_ms - 1 if shape == "fixed" else at - window_ms

"""The emulator's clock: wall-clock milliseconds that never run backwards, and scaled waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """`scale` divides the time that machines, queueing, time-outs and callbacks take."""

    def __init__(self, scale: float = 1) -> None:
        self._scale = scale
        # A step of the system's clock would falsify every measured distance between arrivals.
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        """Return the time in ms since the epoch."""
        return (self._offset_ns + time.monotonic_ns()) // 1_000_000

    def dataverse_ms(self, offset_seconds: float) -> int:
        """Return the time in ms since the epoch by Dataverse's clock, which may be wrong."""
        return self.now_ms() + round(offset_seconds * 1000)

    def scaled(self, seconds: float) -> float:
        """Return how long something of `seconds` takes here."""
        return seconds / self._scale


def iso(ms: int | None) -> str | None:
    """Write a time in ms since the epoch as Dataverse does: UTC, whole seconds."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""The machine queue: by priority, then by the time of the request."""

from __future__ import annotations

import heapq
from itertools import count

RANKS = {"high": 0}
ORDINARY = 1


class RunQueue:
    """Holds ids; one that is withdrawn is passed over when its turn comes."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, str]] = []
        self._waiting: set[str] = set()
        self._tickets = count()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, run: object) -> bool:
        return run in self._waiting

    def push(self, run: str, *, priority: str, requested_ms: int) -> None:
        rank = RANKS.get(priority, ORDINARY)
        heapq.heappush(self._heap, (rank, requested_ms, next(self._tickets), run))
        self._waiting.add(run)

    def withdraw(self, run: str) -> None:
        self._waiting.discard(run)

    def pop(self) -> str | None:
        """Take the next one; None if none waits."""
        while self._heap:
            run = heapq.heappop(self._heap)[-1]
            if run in self._waiting:
                self._waiting.remove(run)
                return run
        return None

    def clear(self) -> None:
        self._heap.clear()
        self._waiting.clear()

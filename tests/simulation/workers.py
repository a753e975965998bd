"""The workers of an instance: how many of its calls go on side by side, as its host has it.

Messages of a queue are taken in batches: up to BATCH once no more than THRESHOLD of them are in
work, so up to twelve at a time, and five where they come one by one (host.json). What nobody takes
stays in the queue. Whatever is called, by a message, HTTP or a timer, needs a thread of the
worker's (docs/deploy.md).
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

BATCH, THRESHOLD = 8, 4
THREADS = 48


@dataclass(slots=True)
class Workers:
    """Of one instance; `in_work`: how many messages of each queue are."""

    in_work: Counter[str] = field(default_factory=Counter)
    _busy: int = 0
    _waiting: deque[Callable[[], None]] = field(default_factory=deque)

    def may_take(self, queue: str) -> bool:
        """Say whether messages of a queue are asked for."""
        return self.in_work[queue] <= THRESHOLD

    def begin(self, call: Callable[[], None]) -> None:
        """Begin a call as soon as there is a thread for it."""
        if self._busy < THREADS:
            self._busy += 1
            call()
        else:
            self._waiting.append(call)

    def end(self) -> None:
        """Give the thread of a call to the one that has waited longest."""
        if self._waiting:
            self._waiting.popleft()()
        else:
            self._busy -= 1

"""The queue of wake-ups with its host: messages appear, are tried, and are deleted after success.

A message whose function fails appears again, up to five times; then it is put aside as poison. One
whose process died appears again once its lock is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.scheduler import Scheduler

MAX_DEQUEUE_COUNT = 5
POLLING_MS = (10, 1_000)
RETRY_MS = 10_000
LOCK_MS = (10_000, 600_000)
LATE_MS = (1_000, 120_000)


class Deliver(Protocol):
    """Give a message to some instance, which says how it went; False if there is none."""

    def __call__(
        self, lane_id: str, done: Callable[[bool], None], died: Callable[[], None]
    ) -> bool: ...


@dataclass(eq=False, slots=True)
class _Message:
    lane_id: str
    dequeue_count: int = 0


@dataclass(slots=True)
class WakeUpMessages:
    """`deliver` is set once there are instances."""

    scheduler: Scheduler
    chaos: Chaos
    history: History
    poisoned: int = 0
    _deliver: list[Deliver] = field(default_factory=list)

    def deliver_to(self, deliver: Deliver) -> None:
        self._deliver = [deliver]

    def put(self, lane_id: str, delay_seconds: int) -> None:
        """Take a message: it appears after the delay, when the host next polls."""
        rates = self.chaos.rates
        if self.chaos.strikes(rates.message_lost):
            self.history.tell("queue", "loses a message")
            return
        copies = 2 if self.chaos.strikes(rates.message_twice) else 1
        for _ in range(copies):
            wait = delay_seconds * 1000 + self.chaos.between(*POLLING_MS)
            if self.chaos.strikes(rates.message_late):
                wait += self.chaos.between(*LATE_MS)
            self._appear(_Message(lane_id), wait)

    def _appear(self, message: _Message, wait: int) -> None:
        self.scheduler.after(wait, lambda: self._try(message))

    def _try(self, message: _Message) -> None:
        message.dequeue_count += 1

        def done(well: bool) -> None:
            if well and not self.chaos.strikes(self.chaos.rates.message_twice):
                return
            if message.dequeue_count >= MAX_DEQUEUE_COUNT:
                self.poisoned += 1
                self.history.tell("queue", "puts a message aside as poison")
                return
            self._appear(message, RETRY_MS)

        def died() -> None:
            self._appear(message, self.chaos.between(*LOCK_MS))

        self.history.tell("queue", f"delivers a wake-up, try {message.dequeue_count}")
        if not self._deliver[0](message.lane_id, done, died):
            message.dequeue_count -= 1
            self._appear(message, 1_000)

"""The clock of one instance: a little wrong, as far as the margin allows, and not steadily so."""

import random
from dataclasses import dataclass

from tests.simulation.scheduler import Process, Scheduler

EPOCH_MS = 1_790_000_000_000
"""What the wall clock shows when a world begins."""


@dataclass(slots=True)
class SimulatedClock:
    """Services' Clock; `offset`: how far it is ahead of the true time, in ms."""

    scheduler: Scheduler
    process: Process
    chance: random.Random
    skew: int
    offset: int = 0

    def drift(self) -> None:
        """Be wrong by another amount from now on, as after a correction."""
        self.offset = self.chance.randint(-self.skew, self.skew)

    def now(self) -> int:
        return EPOCH_MS + self.scheduler.now + self.offset

    def monotonic(self) -> float:
        self.scheduler.look_at_the_clock()
        return self.scheduler.now / 1000

    def sleep(self, seconds: float) -> None:
        self.scheduler.sleep(self.process, round(seconds * 1000))

    def random_bytes(self, count: int) -> bytes:
        return self.chance.randbytes(count)

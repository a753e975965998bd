"""What a partition can bear: 2,000 entities a second, above which the service is busy.

Facts: Microsoft Learn, "Scalability and performance targets for Table storage".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from local.storage_relay.entities import RefusedError

BUSY = RefusedError(503, "ServerBusy", "The server is busy.")
ENTITIES_A_SECOND = 2_000


@dataclass(slots=True)
class Rates:
    """Counts entities by partition; `a_second`: how many one partition takes."""

    a_second: int = ENTITIES_A_SECOND
    clock: Callable[[], float] = time.monotonic
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def check(self, partition: str) -> None:
        """Raise RefusedError while the partition has had too many lately."""
        if self._level(partition) <= 0:
            raise BUSY

    def count(self, partition: str, entities: int) -> None:
        """Take note of what a request has read or written."""
        self._levels[partition] = (self._level(partition) - entities, self.clock())

    def _level(self, partition: str) -> float:
        level, since = self._levels.get(partition, (float(self.a_second), 0.0))
        return min(float(self.a_second), level + (self.clock() - since) * self.a_second)

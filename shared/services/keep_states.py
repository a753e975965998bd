"""Keeping how lanes stand, for whoever lists them: written by those who work a lane."""

import logging
import math
from dataclasses import dataclass, field

from shared.services.ports import Clock
from shared.storage.lane_states import LaneStates
from shared.storage.table import StorageError
from shared.telemetry import event

EVERY_SECONDS = 5.0
"""How often a process looks at a lane that it works."""


@dataclass(frozen=True, slots=True)
class KeepStates:
    """A failure is told, and costs no more than that a list of lanes is older: the sweep looks."""

    states: LaneStates
    clock: Clock
    _kept: dict[str, float] = field(default_factory=dict)

    def __call__(self, lane_id: str) -> None:
        """Look at a lane and keep how it stands."""
        self._kept[lane_id] = self.clock.monotonic()
        try:
            state = self.states.look(lane_id, self.clock.now())
            if state is not None:
                self.states.keep([state])
        except StorageError as error:
            event("lane.not_seen", level=logging.WARNING, lane=lane_id, reason=str(error))

    def now_and_then(self, lane_id: str, began: float | None = None) -> None:
        """Do so, unless this process did a moment ago, or began to work the lane then (s)."""
        last = max(self._kept.get(lane_id, -math.inf), began or -math.inf)
        if self.clock.monotonic() - last >= EVERY_SECONDS:
            self(lane_id)

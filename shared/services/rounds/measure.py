"""Measuring: each sweep tells how the lanes stand, as it kept them, if anybody is told at all."""

import logging
from dataclasses import dataclass

from shared import tracing
from shared.domain.window import Pace
from shared.services.ports import Clock
from shared.services.reading.lane_view import LaneView, view_of
from shared.storage.lane_states import LaneStates
from shared.storage.last_sweep import LastSweepTable
from shared.storage.table import StorageError
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class Measure:
    """Sweeps alone measure: many instances that told the same lanes would tell them many times."""

    states: LaneStates
    last_sweep: LastSweepTable
    clock: Clock
    pace: Pace

    def __call__(self) -> None:
        """Tell how the lanes stand; costs two requests where that is told, and nothing else."""
        if not tracing.on():
            return
        try:
            states, allowance = self.states.kept(), self.last_sweep.read().allowance
        except StorageError as error:
            event("sweep.not_measured", level=logging.WARNING, reason=str(error))
            return
        now = self.clock.now()
        for state in states.values():
            _tell(view_of(state, now, self.pace), now)
        if allowance is not None:
            tracing.state("broker.user.requests_left", allowance.remaining)


def _tell(lane: LaneView, now: int) -> None:
    waits = lane.backlog.number and lane.oldest_at is not None
    age = max(0, now - (lane.oldest_at or now)) / 1000 if waits else 0.0
    taken = lane.window.slots - lane.window.free
    tracing.state("broker.lane.backlog", lane.backlog.number, lane=lane.id)
    tracing.state("broker.lane.oldest_age", age, lane=lane.id)
    tracing.state("broker.lane.active", lane.active.number, lane=lane.id)
    tracing.state("broker.lane.undecided", lane.needs_operator.number, lane=lane.id)
    tracing.state("broker.lane.window_used", taken / lane.window.slots, lane=lane.id)

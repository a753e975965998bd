"""Wake-ups: messages that make some instance look at a lane. Losing or repeating one is harmless.

A lane's `wake_at` says when its last wake-up comes. It is set under the lane's ETag before the
message is sent, so of many instances one sends; should that one die in between, the sweep finds the
lane once `wake_at` has passed. A lane that an instance works needs none: its holder looks at the
backlog once more after letting it go.
"""

import logging
from dataclasses import dataclass, replace

from shared.domain.lane import Lane, Setback
from shared.domain.window import Pace
from shared.services.pausing import change_telling
from shared.services.ports import Clock, WakeUps
from shared.storage.lanes import LaneTable
from shared.storage.table import StorageError
from shared.telemetry import event

LEAD_MS = 2_000
"""A wake-up comes this much before the lane is ready: queues are no precise clocks."""

ASLEEP_MS = 600_000
"""A lane that is not ready for longer than this needs no message: the sweep finds it in time."""

SOON_MS = 1_000
"""A wake-up that was sent is taken to be under way for this long, and no other is sent."""

STAY_MS = 3_500
"""A lane that is ready this soon is waited for, without a message."""


def arrived(lane: Lane, now: int, pace: Pace) -> Lane:
    """Note that a wake-up has come: whoever queues a run from now on sends another.

    Once this is written, the backlog has to be read again.
    """
    comes = -pace.margin < lane.wake_at - now <= SOON_MS + pace.margin
    return replace(lane, wake_at=0) if comes else lane


def to_be_woken(lane: Lane, now: int, ready_at: int) -> Lane:
    """Mark the wake-up of a lane that is ready at a time; as it is, if one comes or none is needed.

    A lane that is ready soon is woken then, any other a little before.
    """
    wait = ready_at - now
    if wait > ASLEEP_MS or lane.has_live_wake_up(now, ready_at):
        return lane
    wake_at = ready_at if wait <= STAY_MS else now + (wait - LEAD_MS) // 1000 * 1000
    return replace(lane, wake_at=wake_at)


@dataclass(frozen=True, slots=True)
class Waker:
    lanes: LaneTable
    wake_ups: WakeUps
    clock: Clock
    pace: Pace

    def wake_soon(self, lane_id: str) -> None:
        """Send a wake-up, unless one comes within a second, or as soon as the lane is ready.

        A failure is told and left to the sweep, which finds the backlog.
        """
        try:
            if self._mark(lane_id):
                self.wake_ups.send(lane_id)
        except StorageError as error:
            event("wake_up.failed", level=logging.WARNING, lane=lane_id, reason=str(error))

    def let_rest(self, lane_id: str, setback: Setback) -> None:
        """Have a lane pause that was set back by what became of its submissions later on.

        A failure is told, and costs no more than that nobody waits.
        """
        try:
            change_telling(
                self.lanes, lane_id, lambda lane: lane.set_back(setback, self.clock.now())
            )
        except StorageError as error:
            event("lane.not_paused", level=logging.WARNING, lane=lane_id, reason=str(error))

    def send_for(self, lane: Lane) -> None:
        """Send the wake-up that a lane is marked with; raises StorageUnavailableError."""
        # Never before `wake_at` by any instance's clock: it would be taken for the live one's past.
        delay = -(-max(0, lane.wake_at + self.pace.margin - self.clock.now()) // 1000)
        self.wake_ups.send(lane.id, delay_seconds=delay)

    def _mark(self, lane_id: str) -> bool:
        """Set a lane's `wake_at` to soon, unless a live wake-up comes in time; say whether it was.

        Neither is done for a lane that is worked, or asleep for long.
        """
        mine, wake_at = False, 0

        def step(lane: Lane) -> Lane:
            nonlocal mine, wake_at
            if mine and lane.wake_at == wake_at:
                return lane  # ours, though it was reported as a conflict: the SDK had repeated it
            now = self.clock.now()
            ready_at = lane.ready_at(now, self.pace)
            wake_at = now + SOON_MS
            if ready_at - now > ASLEEP_MS or lane.lease.holds(now):
                mine = False
                return lane
            mine = not lane.has_live_wake_up(now, max(wake_at, ready_at))
            return replace(lane, wake_at=wake_at) if mine else lane

        self.lanes.change(lane_id, step)
        return mine

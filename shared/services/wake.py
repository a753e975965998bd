"""Wake-ups: messages that make some instance look at a lane. Losing or repeating one is harmless.

A lane's `wake_at` says when its last wake-up comes. It is set under the lane's ETag before the
message is sent, so of many instances one sends; should that one die in between, the sweep finds the
lane once `wake_at` has passed.
"""

import logging
from collections.abc import Callable
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

        def choose(now: int, ready_at: int) -> tuple[int, int]:
            return max(now + SOON_MS, ready_at), now + SOON_MS

        try:
            _, mine = self._mark(lane_id, choose)
            if mine:
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

    def arrived(self, lane_id: str) -> None:
        """Note that a wake-up has come, before the backlog is read.

        Whoever queues a run after that reading finds no wake-up under way, and sends one.
        """

        def step(lane: Lane) -> Lane:
            from_now = lane.wake_at - self.clock.now()
            comes = -self.pace.margin < from_now <= SOON_MS + self.pace.margin
            return replace(lane, wake_at=0) if comes else lane

        stored = self.lanes.read(lane_id)
        if stored is not None and step(stored.lane) != stored.lane:
            self.lanes.change(lane_id, step)

    def wake_when_ready(self, lane_id: str, due_at: int = 0) -> float | None:
        """Set the wake-up of a lane that has a backlog, due from a time (ms) on, and no slot.

        Gives the seconds to wait here, if the lane is ready soon; None if a message comes for it.
        """

        def choose(now: int, ready_at: int) -> tuple[int, int]:
            return ready_at, self._wake_at(now, ready_at)

        lane, mine = self._mark(lane_id, choose, due_at)
        now = self.clock.now()
        ready_at = max(due_at, lane.ready_at(now, self.pace))
        if ready_at - now <= STAY_MS:
            return max(0, ready_at - now) / 1000
        if not mine:
            return None
        # Never before `wake_at` by any instance's clock: it would be taken for the live one's past.
        delay = -(-max(0, lane.wake_at + self.pace.margin - now) // 1000)
        self.wake_ups.send(lane_id, delay_seconds=delay)
        return None

    def _mark(
        self, lane_id: str, choose: Callable[[int, int], tuple[int, int]], due_at: int = 0
    ) -> tuple[Lane, bool]:
        """Set a lane's `wake_at`, unless a live wake-up comes in time; say whether it was set here.

        `choose` gives, for the time and the lane's readiness, how late is in time, and `wake_at`.
        """
        mine, wake_at = False, 0

        def step(lane: Lane) -> Lane:
            nonlocal mine, wake_at
            if mine and lane.wake_at == wake_at:
                return lane  # ours, though it was reported as a conflict: the SDK had repeated it
            now = self.clock.now()
            ready_at = max(due_at, lane.ready_at(now, self.pace))
            in_time, wake_at = choose(now, ready_at)
            if ready_at - now > ASLEEP_MS:
                mine = False
                return lane
            mine = not lane.has_live_wake_up(now, in_time)
            return replace(lane, wake_at=wake_at) if mine else lane

        return self.lanes.change(lane_id, step), mine

    @staticmethod
    def _wake_at(now: int, ready_at: int) -> int:
        """Choose when to wake: when the lane is ready if that is soon, else a little before."""
        wait = ready_at - now
        return ready_at if wait <= STAY_MS else now + (wait - LEAD_MS) // 1000 * 1000

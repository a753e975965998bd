"""Pausing and resuming a lane: an operator has a connection's runs wait, and go on.

A claim is written under the ETag of the lane that it was decided on. So none that begins before a
pause was written succeeds after it: whoever is answered that the lane pauses can rely on it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.identifiers import is_lane_id
from shared.domain.lane import Lane
from shared.domain.lane_stop import Stop
from shared.services.keep_states import KeepStates
from shared.services.pausing import change_telling
from shared.services.ports import Clock
from shared.services.wake import Waker
from shared.storage.lanes import LaneTable


@dataclass(frozen=True, slots=True)
class PauseLane:
    """Has a lane wait. Starts are accepted as ever, and what was submitted is followed."""

    lanes: LaneTable
    keep_state: KeepStates
    clock: Clock

    def __call__(self, lane_id: str, stop: Stop) -> bool:
        """Pause a lane; False if there is none. Twice is the same; another word replaces it.

        Raises StorageUnavailableError.
        """
        pause = stop.pause(self.clock.now())
        found = _changed(self.lanes, lane_id, lambda lane: lane.stop(pause))
        if found:
            self.keep_state(lane_id)
        return found


@dataclass(frozen=True, slots=True)
class ResumeLane:
    """Lets a lane go on that an operator paused; what else it waits for stays as it is."""

    lanes: LaneTable
    keep_state: KeepStates
    waker: Waker

    def __call__(self, lane_id: str) -> bool:
        """Resume a lane, and wake it; False if there is none. Twice is the same.

        Raises StorageUnavailableError.
        """
        now = self.waker.clock.now()
        found = _changed(self.lanes, lane_id, lambda lane: lane.resume(now))
        if found:
            self.waker.wake_soon(lane_id)
            self.keep_state(lane_id)
        return found


def _changed(lanes: LaneTable, lane_id: str, step: Callable[[Lane], Lane]) -> bool:
    if not is_lane_id(lane_id) or lanes.read(lane_id) is None:
        return False
    change_telling(lanes, lane_id, step)
    return True

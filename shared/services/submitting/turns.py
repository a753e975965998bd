"""Turns: one dispatch a lane in a process. A second one would only wait for the first.

Every start sends a wake-up; without turns a burst of them would occupy every thread of the worker,
and HTTP requests with them.
"""

import threading


class Turns:
    """Which lanes this process works, and which of them were woken meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._woken: dict[str, bool] = {}

    def take(self, lane_id: str) -> bool:
        """Take a lane; False if it is worked already, by somebody who will look once more."""
        with self._lock:
            taken = lane_id not in self._woken
            self._woken[lane_id] = not taken
            return taken

    def look_again(self, lane_id: str) -> bool:
        """Say whether the lane was woken since the last look; if not, it is given up."""
        with self._lock:
            if self._woken[lane_id]:
                self._woken[lane_id] = False
                return True
            del self._woken[lane_id]
            return False

    def give_up(self, lane_id: str) -> None:
        with self._lock:
            self._woken.pop(lane_id, None)

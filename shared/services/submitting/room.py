"""Waiting for room: Dataverse's user has none left for submissions, whichever lane they are of."""

from shared.services.governor import Governor
from shared.services.pausing import change_telling
from shared.services.ports import Clock
from shared.storage.lanes import LaneTable

SHORT_MS = 2_000
"""A wait up to this is over before anybody has read of it; a longer one stands on the lane."""


def await_room(governor: Governor, lanes: LaneTable, clock: Clock, lane_id: str) -> None:
    """Wait here for a moment, or have the lane pause, which tells its runs why and until when.

    Asking the governor again and again costs nothing; looking at the lane again costs two requests.
    """
    pause = governor.pause()
    if pause is not None and pause.until - clock.now() > SHORT_MS:
        change_telling(lanes, lane_id, lambda lane: lane.wait(pause))
        return
    ends = clock.monotonic() + SHORT_MS / 1000
    while not governor.room() and clock.monotonic() < ends:
        clock.sleep(max(0.0, min(governor.again_in(), ends - clock.monotonic())))

"""Telling of pauses: a lane that begins to wait, for a new reason, and one that goes on."""

import logging
from collections.abc import Callable

from shared.domain.instants import to_iso
from shared.domain.lane import Lane
from shared.domain.pause import Pause
from shared.storage.lanes import LaneTable
from shared.telemetry import event


def change_telling(lanes: LaneTable, lane_id: str, step: Callable[[Lane], Lane]) -> Lane:
    """Change a lane, and tell what that makes of its pauses; give the lane after it."""
    before: Lane | None = None

    def noting(lane: Lane) -> Lane:
        nonlocal before
        before = lane
        return step(lane)

    after = lanes.change(lane_id, noting)
    tell_pause(before or after, after)
    return after


def tell_pause(before: Lane, after: Lane) -> None:
    """Log `lane.paused` and `lane.goes_on` once per change.

    A pause that is renewed for the same reason is none; an operator's other word is.
    """
    renewed = (before.pause.since, before.pause.code) == (after.pause.since, after.pause.code)
    if not renewed:
        _tell(after.id, before.pause, after.pause)
    if before.stopped != after.stopped:
        _tell(after.id, before.stopped, after.stopped)


def _tell(lane_id: str, before: Pause, after: Pause) -> None:
    if not after.until:
        event("lane.goes_on", lane=lane_id, code=before.code)
        return
    event(
        "lane.paused",
        level=logging.WARNING,
        lane=lane_id,
        until=None if after.ends_at is None else to_iso(after.ends_at),
        code=after.code,
        because=after.message,
    )

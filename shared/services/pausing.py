"""Telling of pauses: a lane that begins to wait, for a new reason, and one that goes on."""

import logging

from shared.domain.instants import to_iso
from shared.domain.lane import Lane
from shared.domain.pause import Pause
from shared.telemetry import event


def tell_pause(before: Lane, after: Lane) -> None:
    """Log `lane.paused` and `lane.goes_on` once per change, however often a pause is renewed."""
    for old, new in ((before.pause, after.pause), (before.stopped, after.stopped)):
        if new.until and (old.since, old.code, old.message) != (new.since, new.code, new.message):
            _tell(after.id, new, again=old.since == new.since and old.code == new.code)
        elif old.until and not new.until:
            event("lane.goes_on", lane=after.id, code=old.code or None)


def _tell(lane_id: str, pause: Pause, *, again: bool) -> None:
    if not again:
        event(
            "lane.paused",
            level=logging.WARNING,
            lane=lane_id,
            until=None if pause.ends_at is None else to_iso(pause.ends_at),
            code=pause.code,
            because=pause.message,
        )

"""What callers see of lanes, as JSON."""

from shared.domain.instants import to_iso, to_iso_if_known
from shared.domain.pause import Pause
from shared.services.reading.lane_view import LaneView, WindowView
from shared.triggers.rendering import Json


def lane_json(lane: LaneView) -> Json:
    """Render a lane; what is not known is null."""
    return {
        "laneId": lane.id,
        "connectionName": lane.connection,
        "asOf": to_iso_if_known(lane.as_of),
        "backlog": lane.backlog.number,
        "oldestQueuedAt": to_iso_if_known(lane.oldest_at),
        "activeFlowSessions": lane.active.number,
        "runsNeedingOperator": lane.needs_operator.number,
        "atLeast": lane.at_least,
        "limit": lane.window.slots,
        "submittedLastMinute": lane.last_minute,
        "submittedByMinute": list(lane.minutes),
        "slotsFree": lane.slots_free,
        "nextSlotAt": to_iso_if_known(lane.next_slot_at),
        "window": _window_json(lane.window),
        "pausedUntil": to_iso_if_known(lane.pause.ends_at if lane.pause else None),
        "pauseReason": reason_json(lane.pause) if lane.pause else None,
    }


def places_json(lane: LaneView) -> Json:
    """Render the first places of a lane's backlog."""
    return {
        "places": [
            {
                "place": each.place,
                "runId": each.run_id,
                "createdAt": to_iso(each.created_at),
                "notBefore": to_iso_if_known(each.waits_until),
                "expectedSubmissionAt": to_iso_if_known(each.submission_at),
                "attempts": each.attempts,
            }
            for each in lane.first
        ]
    }


def reason_json(pause: Pause) -> Json:
    """Render why somebody waits."""
    return {"code": pause.code, "message": pause.message, "since": to_iso_if_known(pause.since)}


def _window_json(window: WindowView) -> Json:
    return {
        "slots": window.slots,
        "free": window.free,
        "inFlight": window.in_flight,
        "freeing": [{"at": to_iso(at), "slots": slots} for at, slots in window.freeing],
    }

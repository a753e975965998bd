"""HTTP: the lanes, one for each connection."""

import azure.functions as func

from shared.domain.instants import to_iso_if_known
from shared.domain.pause import Pause
from shared.services.reading.lane_views import LaneView
from shared.triggers.edge import answering
from shared.triggers.provider import Provider
from shared.triggers.rendering import Json, json_response


def blueprint(services: Provider) -> func.Blueprint:
    """Register `GET lanes`."""
    functions = func.Blueprint()

    @functions.function_name("list_lanes")
    @functions.route("lanes", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_lanes(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
        return json_response(200, {"value": [_lane_json(lane) for lane in services().lanes()]})

    return functions


def _reason_json(pause: Pause) -> Json:
    return {"code": pause.code, "message": pause.message, "since": to_iso_if_known(pause.since)}


def _lane_json(lane: LaneView) -> Json:
    return {
        "laneId": lane.id,
        "connectionName": lane.connection,
        "backlog": lane.backlog,
        "activeFlowSessions": lane.active,
        "slotsFree": lane.slots_free,
        "nextSlotAt": to_iso_if_known(lane.next_slot_at),
        "pausedUntil": to_iso_if_known(lane.pause.ends_at if lane.pause else None),
        "pauseReason": _reason_json(lane.pause) if lane.pause else None,
    }

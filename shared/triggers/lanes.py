"""HTTP: the lanes, one for each connection."""

import azure.functions as func

from shared.domain.codes.answers import LANE_NOT_FOUND
from shared.domain.lane_query import GET_LANE
from shared.domain.lane_stop import validate_stop
from shared.domain.strict_json import parse
from shared.triggers.bodies import body_of
from shared.triggers.edge import answering
from shared.triggers.lane_rendering import lane_json, places_json
from shared.triggers.listing import written
from shared.triggers.provider import Provider
from shared.triggers.rendering import error_response, json_response


def blueprint(services: Provider) -> func.Blueprint:
    """Register the functions below `lanes`."""
    functions = func.Blueprint()

    @functions.function_name("list_lanes")
    @functions.route("lanes", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_lanes(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
        return json_response(200, {"value": [lane_json(lane) for lane in services().lanes()]})

    @functions.function_name("get_lane")
    @functions.route("lanes/{laneId}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def get_lane(req: func.HttpRequest) -> func.HttpResponse:
        read = GET_LANE.read(req.params, written(req))
        read.check()
        lane = services().lanes.one(req.route_params["laneId"], read["places"])
        if lane is None:
            return _no_lane()
        return json_response(200, lane_json(lane) | places_json(lane))

    @functions.function_name("pause_lane")
    @functions.route("lanes/{laneId}/pause", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def pause_lane(req: func.HttpRequest) -> func.HttpResponse:
        lane_id = req.route_params["laneId"]
        stop = validate_stop(parse(body_of(req)), services().pause_lane.clock.now())
        return _answer(services, lane_id, found=services().pause_lane(lane_id, stop))

    @functions.function_name("resume_lane")
    @functions.route("lanes/{laneId}/resume", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def resume_lane(req: func.HttpRequest) -> func.HttpResponse:
        lane_id = req.route_params["laneId"]
        return _answer(services, lane_id, found=services().resume_lane(lane_id))

    return functions


def _answer(services: Provider, lane_id: str, *, found: bool) -> func.HttpResponse:
    lane = services().lanes.one(lane_id) if found else None
    return _no_lane() if lane is None else json_response(200, lane_json(lane))


def _no_lane() -> func.HttpResponse:
    return error_response(LANE_NOT_FOUND, "There is no lane of this id.")

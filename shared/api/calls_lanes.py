"""The calls about lanes."""

from shared.api.answers_attention import ATTENTION
from shared.api.answers_lane import LANE, LANE_WITH_PLACES, LANES
from shared.api.operations import Operation, Success, of_query, path_parameter
from shared.api.parts import BODY, FAILS
from shared.domain.codes.answers import INVALID_REQUEST, LANE_NOT_FOUND, ROW_UNREADABLE
from shared.domain.lane_query import GET_LANE
from shared.domain.lane_stop import STOP

_LANE_ID = path_parameter(
    "laneId", "Lane", "The lane's id, as the list of lanes tells it.", "u5hanaq2kj8ge8hf"
)
LANE_CALLS = (
    Operation(
        "GetAttention",
        "get_attention",
        "GET",
        "attention",
        "Get what needs attention",
        "Tells what waits for somebody: runs, lanes, messages, receivers, and the sweep.",
        {200: Success("What needs attention.", ATTENTION)},
        (ROW_UNREADABLE, *FAILS),
        tag="lanes",
    ),
    Operation(
        "ListLanes",
        "list_lanes",
        "GET",
        "lanes",
        "List lanes",
        "Lists the lanes: each connection's backlog, as of when somebody looked, and its slots.",
        {200: Success("All lanes.", LANES)},
        FAILS,
        tag="lanes",
    ),
    Operation(
        "GetLane",
        "get_lane",
        "GET",
        "lanes/{laneId}",
        "Get a lane",
        "Tells of one lane as it is now, and which runs are next in it, if that is asked for.",
        {200: Success("The lane.", LANE_WITH_PLACES)},
        (INVALID_REQUEST, LANE_NOT_FOUND, ROW_UNREADABLE, *FAILS),
        (_LANE_ID, *of_query(GET_LANE)),
        tag="lanes",
    ),
    Operation(
        "PauseLane",
        "pause_lane",
        "POST",
        "lanes/{laneId}/pause",
        "Pause a lane",
        "Has a lane wait; starts are accepted as ever.",
        {200: Success("The lane.", LANE)},
        (*BODY, LANE_NOT_FOUND, ROW_UNREADABLE, *FAILS),
        (_LANE_ID,),
        STOP,
        tag="lanes",
    ),
    Operation(
        "ResumeLane",
        "resume_lane",
        "POST",
        "lanes/{laneId}/resume",
        "Resume a lane",
        "Lets a lane go on that was paused.",
        {200: Success("The lane.", LANE)},
        (LANE_NOT_FOUND, ROW_UNREADABLE, *FAILS),
        (_LANE_ID,),
        tag="lanes",
    ),
)

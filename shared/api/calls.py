"""All calls of the app, in the order in which a reader meets them."""

from shared.api import answers
from shared.api.operations import Header, Operation, Parameter, Success, Where, path_parameter
from shared.api.shapes import TEXT, WHOLE, OneOf
from shared.domain import idempotency
from shared.domain.codes.answers import (
    CANCEL_REFUSED,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    KEY_REUSED,
    LANE_NOT_FOUND,
    NOT_FOUND,
    NOT_UNCONFIRMED,
    OTHER_SESSION,
    OUTPUTS_GONE,
    OUTPUTS_REFUSED,
    OUTPUTS_UNREADABLE,
    PAYLOAD_TOO_LARGE,
    ROW_UNREADABLE,
    RUN_FINAL,
    RUN_NOT_FINAL,
    RUN_NOT_FOUND,
    SESSION_TAKEN,
    SESSIONS_FOUND,
    STILL_CONFIRMING,
    TOO_MANY,
    UNAVAILABLE,
)
from shared.domain.lane_stop import STOP
from shared.domain.request import START
from shared.domain.resolution import RESOLUTION
from shared.domain.run import RunStatus

_FAILS = (INTERNAL_ERROR, UNAVAILABLE)
_ONE_RUN = (RUN_NOT_FOUND, ROW_UNREADABLE, *_FAILS)
_BODY = (INVALID_REQUEST, PAYLOAD_TOO_LARGE)

_RUN_ID = path_parameter(
    "runId",
    "Run",
    "The run's id, as the start was answered with.",
    "3b0c44298fc1c149afbf-8ab1c2d3e4f5061728394a5b",
)
_LANE_ID = path_parameter(
    "laneId", "Lane", "The lane's id, as the list of lanes tells it.", "3b0c44298fc1c149afbf"
)
KEY = Parameter(
    "Idempotency-Key",
    Where.HEADER,
    TEXT,
    "Idempotency Key",
    "What makes a repeat of this start the same run: a name of the piece of work itself, such as"
    " the invoice's number. An engine's own run id is not enough where one of its runs starts"
    " several: the turns of a loop would be one run.",
    "invoice-4711",
    pattern=idempotency.PATTERN,
)
RETRY_AFTER = Header("Retry-After", WHOLE, "After how many seconds to ask again.")

CALLS = (
    Operation(
        "StartRun",
        "start_run",
        "POST",
        "runs",
        "Start a desktop flow",
        "Accepts a run, which is submitted as soon as its connection allows, and once.",
        {
            202: Success(
                "The run was accepted.",
                answers.RUN,
                (Header("Operation-Location", TEXT, "Where to ask for the run."), RETRY_AFTER),
            )
        },
        (*_BODY, KEY_REUSED, ROW_UNREADABLE, *_FAILS),
        (KEY,),
        START,
    ),
    Operation(
        "GetRun",
        "get_run",
        "GET",
        "runs/{runId}",
        "Get a run",
        "Tells the state of a run, and why it waits.",
        {200: Success("The run as it is now.", answers.RUN_WITH_OUTLOOK)},
        _ONE_RUN,
        (_RUN_ID,),
    ),
    Operation(
        "GetOutputs",
        "get_outputs",
        "GET",
        "runs/{runId}/outputs",
        "Get the outputs of a run",
        "Tells what the robot gave back, once the run has ended.",
        {200: Success("The outputs; null if there are none.", answers.OUTPUTS)},
        (*_ONE_RUN, RUN_NOT_FINAL, OUTPUTS_GONE, OUTPUTS_REFUSED, OUTPUTS_UNREADABLE),
        (_RUN_ID,),
    ),
    Operation(
        "CancelRun",
        "cancel_run",
        "POST",
        "runs/{runId}/cancel",
        "Cancel a run",
        "Cancels a queued run at once, any other as soon as Dataverse says so. Asking twice is the"
        " same as asking once.",
        {202: Success("The run is cancelled, or will be.", answers.RUN)},
        (*_ONE_RUN, RUN_FINAL, CANCEL_REFUSED),
        (_RUN_ID,),
    ),
    Operation(
        "ListRuns",
        "list_runs",
        "GET",
        "runs",
        "List runs",
        "Lists runs, the newest first, page by page.",
        {200: Success("A page of runs.", answers.RUNS)},
        (INVALID_REQUEST, *_FAILS),
        (
            Parameter(
                "connectionName",
                Where.QUERY,
                TEXT,
                "Connection",
                "Only runs of this connection, or of this connection reference.",
                "shared-uiflow-4711",
            ),
            Parameter(
                "status",
                Where.QUERY,
                OneOf(tuple(each.value for each in RunStatus)),
                "Status",
                "Only runs in this state.",
                "Running",
            ),
            Parameter("top", Where.QUERY, WHOLE, "Page Size", "How many runs at most.", 100),
            Parameter(
                "continuationToken",
                Where.QUERY,
                TEXT,
                "Continuation",
                "What the page before was answered with.",
                "b3V0IG9mIG9yZGVy",
            ),
        ),
    ),
    Operation(
        "ResolveRun",
        "resolve_run",
        "POST",
        "runs/{runId}/resolve",
        "Decide about a run",
        "Carries out an operator's decision about a run that nobody else can decide about.",
        {200: Success("The run after it.", answers.RUN)},
        (
            *_BODY,
            *_ONE_RUN,
            NOT_UNCONFIRMED,
            SESSION_TAKEN,
            SESSIONS_FOUND,
            STILL_CONFIRMING,
        ),
        (_RUN_ID,),
        RESOLUTION,
    ),
    Operation(
        "ListLanes",
        "list_lanes",
        "GET",
        "lanes",
        "List lanes",
        "Lists the lanes: each connection's backlog, and when it may submit.",
        {200: Success("All lanes.", answers.LANES)},
        _FAILS,
        tag="lanes",
    ),
    Operation(
        "PauseLane",
        "pause_lane",
        "POST",
        "lanes/{laneId}/pause",
        "Pause a lane",
        "Has a lane wait; starts are accepted as ever.",
        {200: Success("The lane.", answers.LANE)},
        (*_BODY, LANE_NOT_FOUND, ROW_UNREADABLE, *_FAILS),
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
        {200: Success("The lane.", answers.LANE)},
        (LANE_NOT_FOUND, ROW_UNREADABLE, *_FAILS),
        (_LANE_ID,),
        tag="lanes",
    ),
    Operation(
        "ReceiveCallback",
        "callback",
        "POST",
        "callbacks/{runId}/{signature}",
        "Hear that a session is complete",
        "Dataverse's own call; its address is made by the app, and is the proof.",
        {
            200: Success("The end is recorded.", answers.RESULT),
            202: Success("The session has not ended.", answers.RESULT),
        },
        (*_BODY, NOT_FOUND, OTHER_SESSION, TOO_MANY, ROW_UNREADABLE, *_FAILS),
        (
            _RUN_ID,
            path_parameter("signature", "Signature", "The app's own.", "p3ZtJ0vKq1c7rX9y2wA4bQ"),
        ),
        anonymous=True,
        tag="dataverse",
    ),
)

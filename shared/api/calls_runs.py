"""The calls about runs: start, read, list, cancel and decide."""

from shared.api.answers_run import OUTPUTS, RUN, RUN_WITH_OUTLOOK, RUNS
from shared.api.operations import Header, Operation, Parameter, Success, Where
from shared.api.parts import BODY, FAILS, KEY, ONE_RUN, RETRY_AFTER, RUN_ID
from shared.api.shapes import TEXT, WHOLE, OneOf
from shared.domain.codes.answers import (
    CANCEL_REFUSED,
    INVALID_REQUEST,
    KEY_REUSED,
    NOT_UNCONFIRMED,
    OUTPUTS_GONE,
    OUTPUTS_REFUSED,
    OUTPUTS_UNREADABLE,
    ROW_UNREADABLE,
    RUN_FINAL,
    RUN_NOT_FINAL,
    SESSION_TAKEN,
    SESSIONS_FOUND,
    STILL_CONFIRMING,
)
from shared.domain.request import START
from shared.domain.resolution import RESOLUTION
from shared.domain.run import RunStatus

RUN_CALLS = (
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
                RUN,
                (Header("Operation-Location", TEXT, "Where to ask for the run."), RETRY_AFTER),
            )
        },
        (*BODY, KEY_REUSED, ROW_UNREADABLE, *FAILS),
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
        {200: Success("The run as it is now.", RUN_WITH_OUTLOOK)},
        ONE_RUN,
        (RUN_ID,),
    ),
    Operation(
        "GetOutputs",
        "get_outputs",
        "GET",
        "runs/{runId}/outputs",
        "Get the outputs of a run",
        "Tells what the robot gave back, once the run has ended.",
        {200: Success("The outputs; null if there are none.", OUTPUTS)},
        (*ONE_RUN, RUN_NOT_FINAL, OUTPUTS_GONE, OUTPUTS_REFUSED, OUTPUTS_UNREADABLE),
        (RUN_ID,),
    ),
    Operation(
        "CancelRun",
        "cancel_run",
        "POST",
        "runs/{runId}/cancel",
        "Cancel a run",
        "Cancels a queued run at once, any other as soon as Dataverse says so. Asking twice is the"
        " same as asking once.",
        {202: Success("The run is cancelled, or will be.", RUN)},
        (*ONE_RUN, RUN_FINAL, CANCEL_REFUSED),
        (RUN_ID,),
    ),
    Operation(
        "ListRuns",
        "list_runs",
        "GET",
        "runs",
        "List runs",
        "Lists runs, the newest first, page by page.",
        {200: Success("A page of runs.", RUNS)},
        (INVALID_REQUEST, *FAILS),
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
        {200: Success("The run after it.", RUN)},
        (
            *BODY,
            *ONE_RUN,
            NOT_UNCONFIRMED,
            SESSION_TAKEN,
            SESSIONS_FOUND,
            STILL_CONFIRMING,
        ),
        (RUN_ID,),
        RESOLUTION,
    ),
)

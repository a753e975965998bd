"""The calls about runs: start, read, list, cancel and decide."""

from shared.api.answers_batch import STARTED
from shared.api.answers_engines import EVENT, OPERATION
from shared.api.answers_run import OUTPUTS, RUN, RUN_WITH_OUTLOOK, RUNS
from shared.api.operations import (
    Header,
    Operation,
    Parameter,
    Success,
    Where,
    of_query,
)
from shared.api.parts import (
    BODY,
    FAILS,
    KEY,
    ONE_RUN,
    RETRY_AFTER,
    RETRY_AFTER_WHILE,
    RUN_ID,
    START_FAILS,
)
from shared.api.shapes import TEXT
from shared.domain.codes.answers import (
    CANCEL_REFUSED,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    NOT_UNCONFIRMED,
    OUTPUTS_GONE,
    OUTPUTS_REFUSED,
    OUTPUTS_UNREADABLE,
    RUN_FINAL,
    RUN_NOT_FINAL,
    SESSION_TAKEN,
    SESSIONS_FOUND,
    STILL_CONFIRMING,
)
from shared.domain.codes.operators import NOTHING_GIVEN_UP
from shared.domain.keyed import BATCH
from shared.domain.queries import GET_OUTPUTS, GET_RUN, LIST_RUNS
from shared.domain.request import START
from shared.domain.resolution import RESOLUTION

_MONITOR = Header("Operation-Location", TEXT, "Where the run is followed as an operation.")
_TAG = Header("ETag", TEXT, "Names the run as it is now.")


RUN_CALLS = (
    Operation(
        "StartRun",
        "start_run",
        "POST",
        "runs",
        "Start a desktop flow",
        "Accepts a run, which is submitted as soon as its connection allows, and once.",
        {
            200: Success("The key has its run already.", RUN, (_MONITOR, RETRY_AFTER_WHILE)),
            202: Success("The run was accepted.", RUN, (_MONITOR, RETRY_AFTER)),
        },
        START_FAILS,
        (KEY,),
        START,
        told={"notifyUrl": EVENT},
    ),
    Operation(
        "StartBatch",
        "start_batch",
        "POST",
        "runs/batch",
        "Start many runs",
        "Accepts up to 100 starts, each with its own key and as if it had come alone.",
        {200: Success("What became of each start.", STARTED)},
        (*BODY, INTERNAL_ERROR),
        (),
        BATCH,
    ),
    Operation(
        "GetRun",
        "get_run",
        "GET",
        "runs/{runId}",
        "Get a run",
        "Tells the state of a run, and why it waits; at once, or as soon as it has changed.",
        {
            200: Success("The run as it is now.", RUN_WITH_OUTLOOK, (_TAG, RETRY_AFTER_WHILE)),
            304: Success("It is as the caller knows it.", None, (_TAG, RETRY_AFTER_WHILE)),
        },
        (INVALID_REQUEST, *ONE_RUN),
        (
            RUN_ID,
            *of_query(GET_RUN),
            Parameter(
                "If-None-Match",
                Where.HEADER,
                TEXT,
                "Known State",
                "The ETag that the caller knows: a wait is for a change since then.",
                '"Running.1f7c2a"',
            ),
        ),
    ),
    Operation(
        "GetOperation",
        "get_operation",
        "GET",
        "operations/{runId}",
        "Follow a run as an operation",
        "Tells a run in the words that pollers of Azure's SDKs know.",
        {200: Success("The operation as it is now.", OPERATION, (RETRY_AFTER_WHILE,))},
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
        (
            INVALID_REQUEST,
            *ONE_RUN,
            RUN_NOT_FINAL,
            OUTPUTS_GONE,
            OUTPUTS_REFUSED,
            OUTPUTS_UNREADABLE,
        ),
        (RUN_ID, *of_query(GET_OUTPUTS)),
    ),
    Operation(
        "CancelRun",
        "cancel_run",
        "POST",
        "runs/{runId}/cancel",
        "Cancel a run",
        "Cancels a queued run at once, any other as soon as Dataverse says so. Asking twice is the"
        " same as asking once.",
        {202: Success("The run is cancelled, or will be.", RUN, (RETRY_AFTER_WHILE,))},
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
        of_query(LIST_RUNS),
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
    Operation(
        "RetryNotification",
        "retry_notification",
        "POST",
        "runs/{runId}/notification/retry",
        "Tell a run's end again",
        "Begins anew with telling a run's end to who was given up: its notification address, and"
        " engines that wait for it. Asking twice is the same as asking once.",
        {202: Success("It is told again, soon.", RUN)},
        (*ONE_RUN, NOTHING_GIVEN_UP),
        (RUN_ID,),
    ),
)

"""Dataverse's own call."""

from shared.api.answers_run import RESULT
from shared.api.operations import Operation, Success
from shared.api.parts import BODY, FAILS, RUN_ID, SIGNATURE
from shared.domain.codes.answers import NOT_FOUND, OTHER_SESSION, ROW_UNREADABLE, TOO_MANY

DATAVERSE_CALLS = (
    Operation(
        "ReceiveCallback",
        "callback",
        "POST",
        "callbacks/{runId}/{signature}",
        "Hear that a session is complete",
        "Dataverse's own call; its address is made by the app, and is the proof.",
        {
            200: Success("The end is recorded.", RESULT),
            202: Success("The session has not ended.", RESULT),
        },
        (*BODY, NOT_FOUND, OTHER_SESSION, TOO_MANY, ROW_UNREADABLE, *FAILS),
        (
            RUN_ID,
            SIGNATURE,
        ),
        anonymous=True,
        tag="dataverse",
    ),
)

"""The calls about the app itself."""

from shared.api.answers_diagnosis import DIAGNOSTICS, HEALTH
from shared.api.operations import Operation, Success
from shared.domain.codes.answers import INTERNAL_ERROR

DIAGNOSIS_CALLS = (
    Operation(
        "GetHealth",
        "get_health",
        "GET",
        "health",
        "See whether the app lives",
        "Tells that the app lives, and its version; it asks nobody else.",
        {
            200: Success("It lives.", HEALTH),
            503: Success("It lives, and a setting is wrong: nothing else is served.", HEALTH),
        },
        (),
        anonymous=True,
        tag="diagnosis",
    ),
    Operation(
        "GetDiagnostics",
        "get_diagnostics",
        "GET",
        "diagnostics",
        "Look at all that the app stands on",
        "Looks at settings, storage, Dataverse, the callback address, clocks and packages, and"
        " tells what is wrong and what to do. It writes a row and removes it, and has Dataverse"
        " send the newest ended run's callback again. It takes up to 40 seconds.",
        {200: Success("What was found.", DIAGNOSTICS)},
        (INTERNAL_ERROR,),
        tag="diagnosis",
    ),
)

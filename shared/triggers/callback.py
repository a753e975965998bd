"""HTTP: Dataverse says that a session is complete. Anybody can call this; it is only a hint."""

import asyncio
import math
from typing import Any

import azure.functions as func

from shared.domain.callback_url import CallbackSigner
from shared.domain.codes.answers import OTHER_SESSION, PAYLOAD_TOO_LARGE, TOO_MANY
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.guids import read_guid
from shared.domain.strict_json import parse
from shared.services.following.callback import CallbackOutcome, NotHeardInTimeError
from shared.services.following.tasks import Tasks
from shared.triggers.callback_tasks import LoopTasks
from shared.triggers.edge import answering_later
from shared.triggers.provider import Provider
from shared.triggers.rendering import error_response, json_response
from shared.triggers.signed import no_such_address

BODY_LIMIT_BYTES = 16 * 1024

HEARING_SECONDS = 8.0
"""After how long a callback is answered that has not been heard: before Dataverse loses patience.

How long that is, is not documented (the Dataverse contract, section 7): well under 10 s.
"""

_ANSWERS = {
    CallbackOutcome.RECORDED: (200, "Recorded"),
    CallbackOutcome.KNOWN: (200, "Known"),
    CallbackOutcome.NOT_FINISHED: (202, "NotFinished"),
}


def blueprint(
    services: Provider, signer: CallbackSigner, tasks: Tasks | None = None
) -> func.Blueprint:
    """Register `POST callbacks/{runId}/{signature}`; `tasks`: where what blocks is done.

    It is async: who waits for a look holds no thread. The signer stands beside the services because
    it needs none of them: a forged callback must not make a new instance put them together.
    """
    functions = func.Blueprint()
    aside = tasks or LoopTasks()

    @functions.function_name("callback")
    @functions.route(
        "callbacks/{runId}/{signature}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
    )
    @answering_later
    async def callback(req: func.HttpRequest) -> func.HttpResponse:
        run_id, signature = req.route_params["runId"], req.route_params["signature"]
        if not signer.accepts(run_id, signature):
            return no_such_address()
        session_id = _session_id(req.get_body())
        try:
            async with asyncio.timeout(HEARING_SECONDS):
                made = await aside.store(services)
                wait = made.callback_limits.wait(run_id)
                if wait > 0:
                    again = {"Retry-After": str(math.ceil(wait))}
                    return error_response(
                        TOO_MANY, "Too many callbacks for this run.", headers=again
                    )
                outcome = await made.hear_callback(run_id, session_id, aside)
        except TimeoutError as error:
            raise NotHeardInTimeError from error
        if outcome is CallbackOutcome.UNKNOWN_RUN:
            return no_such_address()
        if outcome is CallbackOutcome.OTHER_SESSION:
            message = "The flow session is not this run's; nothing was changed."
            return error_response(OTHER_SESSION, message)
        status, result = _ANSWERS[outcome]
        return json_response(status, {"result": result})

    return functions


def _session_id(body: bytes) -> str:
    """Read the session's id, in lower case (the Dataverse contract, section 7)."""
    if len(body) > BODY_LIMIT_BYTES:
        message = f"must be at most {BODY_LIMIT_BYTES:,} bytes"
        raise InvalidRequestError(Fault("body", PAYLOAD_TOO_LARGE.name, message))
    content: Any = parse(body)
    session_id = read_guid(content.get("flowsessionid")) if isinstance(content, dict) else None
    if session_id is None:
        raise InvalidRequestError(Fault("flowsessionid", "InvalidValue", "must be a GUID"))
    return session_id

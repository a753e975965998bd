"""The outermost edge of the functions: whatever goes wrong is answered in the one shape.

What has no caller to answer to fails in words that the host may log.
"""

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

import azure.functions as func

from shared.domain.codes import Code
from shared.domain.codes.answers import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PAYLOAD_TOO_LARGE,
    ROW_UNREADABLE,
    SESSION_TAKEN,
    UNAVAILABLE,
)
from shared.domain.errors import BrokerError
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.strict_json import InvalidJsonError
from shared.domain.telling import told
from shared.invocation import begin
from shared.services.refusals import RefusalError
from shared.services.starting.start import KeyReusedError
from shared.telemetry import event, failure
from shared.triggers import access
from shared.triggers.rendering import Json, candidate_json, error_json, json_response

RETRY_AFTER_SECONDS = 5

HttpFunction = Callable[[func.HttpRequest], func.HttpResponse]
HostedHttpFunction = Callable[[func.HttpRequest, func.Context], func.HttpResponse]
AsyncHttpFunction = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
HostedAsyncHttpFunction = Callable[[func.HttpRequest, func.Context], Awaitable[func.HttpResponse]]
Parameters = ParamSpec("Parameters")
Hosted = TypeVar("Hosted", HostedHttpFunction, HostedAsyncHttpFunction)

_INTERNAL, _UNAVAILABLE = 500, 503
_NAMES = ("__module__", "__name__", "__qualname__", "__doc__")
_SAID = {
    INVALID_REQUEST: "The request is not valid: {}",
    PAYLOAD_TOO_LARGE: "The request is too large.",
    SESSION_TAKEN: "Nothing was changed: {}.",
    ROW_UNREADABLE: "Storage answers, but {}: somebody has to mend it; nothing was changed.",
    UNAVAILABLE: "Storage or Dataverse cannot be reached; nothing is lost, try again.",
    INTERNAL_ERROR: "Something went wrong; it is logged.",
}
"""What is said of an error where that is more or less than its own words."""


def answering(function: HttpFunction) -> HostedHttpFunction:
    """Turn what an HTTP function raises into its answer; no stack ever reaches a caller.

    What is called with a key that may only read goes no further, unless it reads.
    """

    @wraps(function, assigned=_NAMES, updated=())
    def answer(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        begin(context)
        try:
            access.check(req)
            return function(req)
        except Exception as error:  # noqa: BLE001 - the outermost edge: told in the log, answered
            return _answer_to(error, function.__name__)

    return _as_it_is(answer)


def answering_later(function: AsyncHttpFunction) -> HostedAsyncHttpFunction:
    """Do the same for an async function, which holds no thread while it waits."""

    @wraps(function, assigned=_NAMES, updated=())
    async def answer(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        begin(context)
        try:
            access.check(req)
            return await function(req)
        except Exception as error:  # noqa: BLE001 - as above
            return _answer_to(error, function.__name__)

    return _as_it_is(answer)


def _as_it_is(function: Hosted) -> Hosted:
    """Let the host see the parameters of a wrapper, not those of what it wraps."""
    del function.__wrapped__  # type: ignore[attr-defined]  # functools.wraps made it
    return function


class NotHandledError(BrokerError):
    """A message or a tick was not handled; the host delivers the message again."""


def failing_in_words(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Let a function fail without the error it fails of: the host logs that with all it came of."""

    @wraps(function)
    def call(*args: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            function(*args, **options)
        except Exception as error:  # noqa: BLE001 - the outermost edge: told in the log, and raised
            if not (isinstance(error, BrokerError) and error.code.status == _UNAVAILABLE):
                failure("function.failed", error, function=function.__name__)
            reason = told(error)
        else:
            return
        raise NotHandledError(reason)

    return call


def _answer_to(error: Exception, function: str) -> func.HttpResponse:
    code, told = told_to_caller(error, function)
    headers = _again(error) if code.status == _UNAVAILABLE else None
    return json_response(code.status or _INTERNAL, {"error": told}, headers)


def told_to_caller(
    error: Exception, function: str, key_name: str = "Idempotency-Key"
) -> tuple[Code, Json]:
    """Say of an error what a caller is told, as the catalogue says; log what an operator must know.

    `key_name`: where the caller wrote his key.
    """
    if not isinstance(error, BrokerError):
        failure("request.failed", error, function=function)
        return INTERNAL_ERROR, _told(INTERNAL_ERROR, error, key_name)
    if error.code.status == _UNAVAILABLE:
        event("request.unavailable", level=logging.WARNING, function=function, reason=str(error))
    elif error.code.status in (None, _INTERNAL):
        failure("request.failed", error, function=function)
    if isinstance(error, InvalidJsonError):
        error = InvalidRequestError(Fault("body", "InvalidJson", f"must be JSON: {error}"))
    return error.code, _told(error.code, error, key_name)


def _told(code: Code, error: Exception, key_name: str) -> Json:
    message = _SAID.get(code, "{}").format(error)
    return error_json(code, message, faults=_faults(error, key_name), inner=_inner(error))


def _again(error: Exception) -> dict[str, str]:
    """Say when to ask again: when the error tells, or soon."""
    known = error.retry_after if isinstance(error, BrokerError) else None
    return {"Retry-After": str(math.ceil(known or RETRY_AFTER_SECONDS))}


def _faults(error: Exception, key_name: str) -> Sequence[Fault]:
    if isinstance(error, KeyReusedError):
        return [Fault(key_name, "KeyReused", "was used for another request before")]
    return error.faults if isinstance(error, InvalidRequestError) else ()


def _inner(error: Exception) -> Json | None:
    if not isinstance(error, RefusalError):
        return None
    if error.candidates:
        return {"candidates": [candidate_json(each) for each in error.candidates]}
    answer = error.answer
    if answer is None:
        return None
    return {"code": answer.code, "message": answer.message, "httpStatus": answer.status}

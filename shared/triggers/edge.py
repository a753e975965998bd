"""The outermost edge of the functions: whatever goes wrong is answered in the one shape.

What has no caller to answer to fails in words that the host may log.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import azure.functions as func

from shared.dataverse.errors import DataverseError
from shared.domain.request import Fault, InvalidRequestError
from shared.domain.strict_json import InvalidJsonError
from shared.domain.telling import told
from shared.invocation import begin
from shared.services.refusals import OutputsGoneError, OutputsUnreadableError, RefusalError
from shared.services.starting.connections import ConnectionUnknownError
from shared.services.starting.start import KeyReusedError
from shared.storage.table import SessionTakenError, StorageError, UnreadableRowError
from shared.telemetry import event, failure
from shared.triggers.rendering import candidate_json, error_response

RETRY_AFTER_SECONDS = 5
TOO_LARGE = "PayloadTooLarge"

HttpFunction = Callable[[func.HttpRequest], func.HttpResponse]
HostedHttpFunction = Callable[[func.HttpRequest, func.Context], func.HttpResponse]
Parameters = ParamSpec("Parameters")

_NAMES = ("__module__", "__name__", "__qualname__", "__doc__")
_CONFLICT = 409
_STATUSES: dict[type[Exception], int] = {OutputsGoneError: 410, OutputsUnreadableError: 502}
"""What refusals are answered with that are no conflict with the state of the run."""

_AGAIN = {"Retry-After": str(RETRY_AFTER_SECONDS)}


def answering(function: HttpFunction) -> HostedHttpFunction:
    """Turn what an HTTP function raises into its answer; no stack ever reaches a caller."""

    @wraps(function, assigned=_NAMES, updated=())
    def answer(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        begin(context)
        try:
            return function(req)
        except (InvalidRequestError, InvalidJsonError) as error:
            return _invalid(error)
        except (KeyReusedError, RefusalError, SessionTakenError) as error:
            return _refused(error)
        except UnreadableRowError as error:
            return _unreadable(error)
        except (ConnectionUnknownError, StorageError, DataverseError) as error:
            return _unavailable(error, function.__name__)
        except Exception as error:  # noqa: BLE001 - the outermost edge: told in the log, answered
            failure("request.failed", error, function=function.__name__)
            return error_response(500, "InternalError", "Something went wrong; it is logged.")

    return _as_it_is(answer)


def _as_it_is(function: HostedHttpFunction) -> HostedHttpFunction:
    """Let the host see the parameters of a wrapper, not those of what it wraps."""
    del function.__wrapped__  # type: ignore[attr-defined]  # functools.wraps made it
    return function


class NotHandledError(Exception):
    """A message or a tick was not handled; the host delivers the message again."""


def failing_in_words(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Let a function fail without the error it fails of: the host logs that with all it came of."""

    @wraps(function)
    def call(*args: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            function(*args, **options)
        except (ConnectionUnknownError, StorageError, DataverseError) as error:
            reason = told(error)
        except Exception as error:  # noqa: BLE001 - the outermost edge: told in the log, and raised
            failure("function.failed", error, function=function.__name__)
            reason = told(error)
        else:
            return
        raise NotHandledError(reason)

    return call


def _invalid(error: InvalidRequestError | InvalidJsonError) -> func.HttpResponse:
    if isinstance(error, InvalidJsonError):
        error = InvalidRequestError(Fault("body", "InvalidJson", f"must be JSON: {error}"))
    if any(fault.code == TOO_LARGE for fault in error.faults):
        message = "The request is too large."
        return error_response(413, TOO_LARGE, message, faults=error.faults)
    message = f"The request is not valid: {error}"
    return error_response(400, "InvalidRequest", message, faults=error.faults)


def _refused(error: KeyReusedError | RefusalError | SessionTakenError) -> func.HttpResponse:
    if isinstance(error, KeyReusedError):
        fault = Fault("Idempotency-Key", "KeyReused", "was used for another request before")
        return error_response(422, "KeyReused", "The key names another run.", faults=[fault])
    if isinstance(error, SessionTakenError):
        return error_response(409, "SessionTaken", f"Nothing was changed: {error}.")
    inner = None
    if error.answer is not None:
        answer = error.answer
        inner = {"code": answer.code, "message": answer.message, "httpStatus": answer.status}
    elif error.candidates:
        inner = {"candidates": [candidate_json(each) for each in error.candidates]}
    status = _STATUSES.get(type(error), _CONFLICT)
    return error_response(status, error.code, str(error), inner=inner)


def _unreadable(error: UnreadableRowError) -> func.HttpResponse:
    message = f"Storage answers, but {error}: somebody has to mend it; nothing was changed."
    return error_response(500, "RowUnreadable", message)


def _unavailable(error: Exception, function: str) -> func.HttpResponse:
    event("request.unavailable", level=logging.WARNING, function=function, reason=str(error))
    message = "Storage or Dataverse cannot be reached; nothing is lost, try again."
    return error_response(503, "Unavailable", message, headers=_AGAIN)

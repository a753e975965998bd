"""What an answer of Dataverse means: a JSON object, or the error that says what to do."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from shared.dataverse.edge import CODE_LIMIT, words
from shared.dataverse.errors import (
    Answer,
    AppRefusedError,
    DataverseError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
    UnreadableError,
)
from shared.domain.amounts import read_float, read_int
from shared.domain.session import THROTTLED
from shared.domain.telling import cleaned
from shared.domain.texts import whole
from shared.http.retry_after import retry_after

LONGEST_WAIT_SECONDS = 600.0
"""The longest that Dataverse is obeyed without asking again."""

_UNAUTHORIZED = 401
_NO_MEMBER = (403, "0x80072560")
"""The app is no user of this environment."""

_REQUEST_TIMEOUT = 408
_TOO_MANY = 429
_NOT_FOUND = 404
_NOT_DONE = frozenset({401, 413, 414, 431})
"""Statuses that say by themselves, whoever answers, that the request was not carried out."""

_CODE = re.compile(r"0x[0-9a-f]{1,8}|[a-z][\w.-]*", re.ASCII | re.IGNORECASE)
"""Dataverse's codes are numbers in hexadecimal, or names; never an HTTP status."""

_FLOW_CLIENT_ERROR = "0x80060467"
"""The code of "Flow client error returned with status code …": what a service behind Dataverse
said, whose status stands in the message, as a number or by .NET's name."""

_STATUS_INSIDE = re.compile(r"status\s*code\W{0,8}(\w+(?: \w+){0,2})", re.ASCII | re.IGNORECASE)
_UNKNOWN_INSIDE = re.compile(
    r"5\d\d|408|InternalServerError|NotImplemented|BadGateway|ServiceUnavailable|GatewayTimeout"
    r"|HttpVersionNotSupported|VariantAlsoNegotiates|InsufficientStorage|LoopDetected|NotExtended"
    r"|NetworkAuthenticationRequired|RequestTimeout",
    re.IGNORECASE,
)
_TOO_MANY_INSIDE = re.compile(r"429|TooManyRequests", re.IGNORECASE)


def json_object(content: bytes) -> dict[str, Any]:
    """Read a success's body, empty if there is none; raises UnreadableError.

    Numbers keep their digits. What JSON has no word for is told as a text, "NaN" or "Infinity",
    and where half of a character came, the replacement character stands: one value without sense
    must not hide the others. Of a name that is given twice, the last counts.
    """
    if not content.strip():
        return {}
    try:
        value = json.loads(
            content.decode(json.detect_encoding(content), "replace"),
            strict=False,
            parse_float=read_float,
            parse_int=read_int,
            parse_constant=str,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableError("the answer is not JSON") from error
    if value is not None and not isinstance(value, dict):
        raise UnreadableError("the answer is not a JSON object")
    return value or {}


def error_of(
    status: int, content: bytes, headers: Mapping[str, str], given: Iterable[str] = ()
) -> DataverseError:
    """Choose the error that says what the caller can do (the Dataverse contract, section 10).

    A status of 4xx is a refusal only if Dataverse itself says so, by an error with a code, or if
    the status says by itself that nothing was done: a gateway's page tells nothing of the request.
    `given`: values that the message may repeat and nobody is to be told.
    """
    code, message = _code_and_message(content, given)
    answer = Answer(status, code, message, headers.get("x-ms-service-request-id"))
    wait = retry_after(headers, LONGEST_WAIT_SECONDS)
    if status == _TOO_MANY or code == THROTTLED:
        return ThrottledError(answer, wait)
    if status == _UNAUTHORIZED or (status, code.lower()) == _NO_MEMBER:
        return AppRefusedError(answer)
    # 408 comes from a gateway that lost patience: the request may have gone through before.
    if 400 <= status < 500 and status != _REQUEST_TIMEOUT:  # noqa: PLR2004 - client errors of HTTP
        if _throttled_behind(code, message):
            return ThrottledError(answer, wait)
        if status in _NOT_DONE or (code and not _unknown_behind(code, message)):
            absent = status == _NOT_FOUND and code.startswith("0x") and code != _FLOW_CLIENT_ERROR
            return NotFoundError(answer) if absent else RefusedError(answer)
    return OutcomeUnknownError(f"{status} {code}: {message}", answer, wait)


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {whole(name): _whole_texts(value) for name, value in pairs}


def _whole_texts(value: Any) -> Any:
    """Mend texts and those in lists; what is in an object was mended when that was read."""
    if isinstance(value, str):
        return whole(value)
    return [_whole_texts(item) for item in value] if isinstance(value, list) else value


def _code_and_message(content: bytes, given: Iterable[str]) -> tuple[str, str]:
    """Read an error of Dataverse; of anything else no code, and its beginning as the message."""
    try:
        error = json_object(content)["error"]
        code = error.get("code")
    except (UnreadableError, KeyError, AttributeError):
        code = error = None
    if isinstance(code, str) and len(code) <= CODE_LIMIT and _CODE.fullmatch(code):
        return code, words(error.get("message"), given=given) or ""
    if isinstance(error, dict) and error.get("message"):
        return "", words(error.get("message"), given=given) or ""
    return "", cleaned(content[:500].decode("utf-8", "replace"), given)


def _behind(message: str) -> list[str]:
    """List the statuses that a message tells, such as `502` and `BadGateway`."""
    return [found.replace(" ", "") for found in _STATUS_INSIDE.findall(message)]


def _unknown_behind(code: str, message: str) -> bool:
    """Say whether a service behind Dataverse failed, or may have: what it did is not known."""
    told = _behind(message)
    return any(_UNKNOWN_INSIDE.match(each) for each in told) or (
        code == _FLOW_CLIENT_ERROR and not told
    )


def _throttled_behind(code: str, message: str) -> bool:
    """Say whether a service behind Dataverse asks for less: then nothing was done."""
    return code == _FLOW_CLIENT_ERROR and (
        THROTTLED in message or any(_TOO_MANY_INSIDE.match(each) for each in _behind(message))
    )

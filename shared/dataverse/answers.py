"""What an answer of Dataverse means: a JSON object, or the error that says what to do."""

import json
import math
from collections.abc import Mapping
from typing import Any

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
    UnreadableError,
)
from shared.domain.session import THROTTLED

_REQUEST_TIMEOUT = 408
_TOO_MANY = 429
_NOT_FOUND = 404


def json_object(content: bytes) -> dict[str, Any]:
    """Read a success's body, empty if there is none; raises UnreadableError."""
    if not content:
        return {}
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise UnreadableError("the answer is not a JSON object")
    return value


def error_of(status: int, content: bytes, headers: Mapping[str, str]) -> DataverseError:
    """Choose the error that says what the caller can do (the Dataverse contract, section 10)."""
    code, message = _code_and_message(content)
    answer = Answer(status, code, message, headers.get("x-ms-service-request-id"))
    retry_after = _retry_after(headers.get("Retry-After"))
    if status == _TOO_MANY or code == THROTTLED:
        return ThrottledError(answer, retry_after)
    if status == _NOT_FOUND:
        return NotFoundError(answer)
    if 400 <= status < 500 and status != _REQUEST_TIMEOUT:  # noqa: PLR2004 - client errors of HTTP
        return RefusedError(answer)
    # 408 comes from a gateway that lost patience: the request may have gone through before.
    return OutcomeUnknownError(f"{status} {code}: {message}", answer, retry_after)


def _code_and_message(content: bytes) -> tuple[str, str]:
    """Read an error's body; a gateway's HTML is kept as the message."""
    try:
        error = json.loads(content)["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", content[:500].decode("utf-8", "replace")


def _retry_after(value: str | None) -> float | None:
    try:
        seconds = float(value or "nan")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None

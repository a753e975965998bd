"""Calls to Dataverse's Web API: headers, tokens, time limits, and what an answer means.

A GET is repeated by the transport. Nothing else is ever repeated, but once with a new token after
401, which is an answer that nothing was done.
"""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import requests

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
)
from shared.dataverse.token import TokenSource
from shared.dataverse.transport import never_left, new_session
from shared.domain.session import THROTTLED

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
ANSWER_LIMIT_BYTES = 64 * 1024 * 1024

_UNAUTHORIZED = 401
_REQUEST_TIMEOUT = 408
_TOO_MANY = 429
_NOT_FOUND = 404


class WebApi:
    """The Web API of one environment (`url`: `https://<org host>`); safe to use from threads."""

    def __init__(self, url: str, tokens: TokenSource, *, pool_size: int) -> None:
        self._api = f"{url}/api/data/v9.2"
        self._tokens = tokens
        self._session = new_session(pool_size)

    def prepare(self) -> None:
        """Make sure of a token; raises NotSentError."""
        self._tokens.get()

    def rows(self, path: str) -> Iterator[Any]:
        """Give the rows of a query, page by page."""
        page = self.call("GET", path)
        while True:
            yield from page.get("value", ())
            link = page.get("@odata.nextLink")
            if not isinstance(link, str) or not link.startswith(f"{self._api}/"):
                return
            page = self.call("GET", link.removeprefix(f"{self._api}/"))

    def call(
        self, method: str, path: str, body: Any = None, *, seconds: float = READ_SECONDS
    ) -> dict[str, Any]:
        """Make a call within `seconds` and give its JSON object; raises a DataverseError."""
        until = time.monotonic() + seconds
        token = self._tokens.get()
        status, content, headers = self._send(method, path, body, token, until)
        if status == _UNAUTHORIZED:
            token = self._tokens.replace(token)
            status, content, headers = self._send(method, path, body, token, until)
        if 200 <= status < 300:  # noqa: PLR2004 - the success statuses of HTTP
            return _object(content)
        raise _error(status, content, headers)

    def _send(
        self, method: str, path: str, body: Any, token: str, until: float
    ) -> tuple[int, bytes, requests.structures.CaseInsensitiveDict[str]]:
        remaining = until - time.monotonic()
        connect = min(CONNECT_SECONDS, remaining / 5)
        if remaining <= 0:
            raise NotSentError("no time was left to send the request")
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            with self._session.request(
                method,
                f"{self._api}/{path}",
                data=data,
                headers=_headers(with_body=data is not None),
                auth=_Bearer(token),
                # Connecting, the head and the body may each take `connect`; the answer the rest.
                timeout=(connect, remaining - 3 * connect),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, _content(response, until), response.headers
        except requests.ConnectionError as error:
            if never_left(error):
                raise NotSentError(f"Dataverse could not be reached: {error}") from error
            raise OutcomeUnknownError(f"the connection broke: {error}") from error
        except requests.RequestException as error:
            raise OutcomeUnknownError(f"no answer: {error}") from error


class _Bearer(requests.auth.AuthBase):
    """Sets the token itself, so that requests does not look for one in a .netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _headers(*, with_body: bool) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "OData-Version": "4.0",
        "OData-MaxVersion": "4.0",
        "x-ms-client-request-id": str(uuid4()),
    }
    return headers | ({"Content-Type": "application/json; charset=utf-8"} if with_body else {})


def _content(response: requests.Response, until: float) -> bytes:
    """Read an answer's body; raises OutcomeUnknownError if it is too long or takes too long."""
    content = bytearray()
    for chunk in response.iter_content(64 * 1024):
        content += chunk
        if len(content) > ANSWER_LIMIT_BYTES or time.monotonic() > until:
            raise OutcomeUnknownError("the answer is too long, or too slow")
    return bytes(content)


def _object(content: bytes) -> dict[str, Any]:
    if not content:
        return {}
    try:
        value = json.loads(content)
    except ValueError as error:
        raise OutcomeUnknownError("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise OutcomeUnknownError("the answer is not a JSON object")
    return value


def _error(
    status: int, content: bytes, headers: requests.structures.CaseInsensitiveDict[str]
) -> DataverseError:
    """Choose the error that says what the caller can do (the Dataverse contract, section 10)."""
    code, message = _code_and_message(content)
    answer = Answer(status, code, message, headers.get("x-ms-service-request-id"))
    if status == _TOO_MANY or code == THROTTLED:
        return ThrottledError(answer, _retry_after(headers.get("Retry-After")))
    if status == _NOT_FOUND:
        return NotFoundError(answer)
    if 400 <= status < 500 and status != _REQUEST_TIMEOUT:  # noqa: PLR2004 - client errors of HTTP
        return RefusedError(answer)
    # 408 comes from a gateway that lost patience: the request may have gone through before.
    return OutcomeUnknownError(f"{status} {code}: {message}", answer)


def _code_and_message(content: bytes) -> tuple[str, str]:
    """Read an error's body; a gateway's HTML is kept as the message."""
    try:
        error = json.loads(content)["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", content[:500].decode("utf-8", "replace")


def _retry_after(value: str | None) -> float | None:
    try:
        return max(0.0, float(value)) if value else None
    except ValueError:
        return None

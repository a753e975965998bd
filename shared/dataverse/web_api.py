"""Calls to Dataverse's Web API: headers, tokens, time limits, and what an answer means.

A GET is repeated while there is time. Nothing else is ever repeated, but once with a new token
after 401, which is an answer that nothing was done.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import requests

from shared.dataverse.answers import error_of, json_object
from shared.dataverse.edge import clock_ahead, seconds_left, ungrouped, whole
from shared.dataverse.errors import (
    GATEWAY_ERRORS,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
    TooLongError,
)
from shared.dataverse.token import TokenSource
from shared.dataverse.transport import never_left, new_session
from shared.domain.allowance import Allowance
from shared.domain.telling import told
from shared.http.deadline import Deadline

READ_SECONDS = 15.0
READ_PAUSES = (0.1, 0.6)
"""How long to wait, in seconds, before a read is repeated: as often as there are pauses."""
LONGEST_READ_PAUSE = 5.0
"""A longer Retry-After is the caller's to obey: such an answer is handed on."""
PAGES_LIMIT = 100
"""How many pages an answer may have: of 5,000 rows each, as a rule."""
ANSWER_LIMIT_BYTES = 64 * 1024 * 1024

REMAINING = "x-ms-ratelimit-burst-remaining-xrm-requests"
SECONDS_REMAINING = "x-ms-ratelimit-time-remaining-xrm-requests"
"""Tell how many requests, and how many seconds of execution, are left to the user (the Dataverse
contract, section 2)."""

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

Given = Callable[[], Iterable[str]]

_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that may be sent again as it is; `id`: what Dataverse logs it under.

    `more`: headers of its own.
    """

    method: str
    path: str
    body: bytes | None
    more: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))

    @classmethod
    def of(
        cls, method: str, path: str, body: Any, request_id: str | None, more: Mapping[str, str]
    ) -> "_Request":
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        request = cls(method, path, data, more)
        return replace(request, id=request_id) if request_id else request

    @property
    def headers(self) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "OData-Version": "4.0",
            "OData-MaxVersion": "4.0",
            "x-ms-client-request-id": self.id,
            "x-ms-correlation-id": self.id,
            **self.more,
        }
        if self.body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return headers


class WebApi:
    """The Web API of one environment (`url`: `https://<org host>`); safe to use from threads."""

    def __init__(self, url: str, tokens: TokenSource, *, pool_size: int) -> None:
        self._api = f"{url}/api/data/v9.2"
        self._tokens = tokens
        self._session = new_session(pool_size)
        self.ahead: int | None = None
        """How far Dataverse's clock is ahead of this one, in ms; None until an answer said."""
        self.allowance: Allowance | None = None
        """What the app's user may still ask for; None until an answer said."""

    def prepare(self) -> None:
        """Make sure of a token; raises NotSentError."""
        self._tokens.get()

    def rows(self, path: str, *, headers: Mapping[str, str] = NO_HEADERS) -> Iterator[Any]:
        """Give the rows of a query, page by page, each asked for with these headers."""
        next_path: str | None = path
        asked: set[str] = set()
        while next_path is not None:
            if next_path in asked or len(asked) >= PAGES_LIMIT:
                raise OutcomeUnknownError("the pages of an answer have no end")
            asked.add(next_path)
            page = self.call("GET", next_path, headers=headers)
            rows = page.get("value")
            if not isinstance(rows, list):  # "no rows" would be an answer that was not given
                raise OutcomeUnknownError("the answer has no rows, not even none")
            yield from rows
            next_path = self._path_of(page.get("@odata.nextLink"))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        seconds: float = READ_SECONDS,
        given: Given = tuple,
        request_id: str | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> dict[str, Any]:
        """Make a call within `seconds` and give its JSON object; raises a DataverseError.

        `given`: lists values of the body that an error may repeat and nobody is to be told.
        `request_id`: the GUID that the request carries, for one that is not repeated. `headers`:
        those that this call has beside the ones that all have.
        """
        until = time.monotonic() + seconds
        request = _Request.of(method, path, body, request_id, headers)
        token = self._tokens.get()
        for pause in READ_PAUSES if method == "GET" else ():
            try:
                return self._call_once(request, token, until, given)
            except (NotSentError, OutcomeUnknownError, ThrottledError) as error:
                wait = _wait(error, pause)
                if wait > LONGEST_READ_PAUSE or time.monotonic() + wait >= until:
                    raise
            time.sleep(wait)
        return self._call_once(request, token, until, given)

    def _path_of(self, link: Any) -> str | None:
        """Read the link to the next page, which must be in this API: the token is for no other."""
        if link is None:
            return None
        if not isinstance(link, str) or not link.startswith(f"{self._api}/"):
            raise OutcomeUnknownError("the next page is said to be at another address")
        return link.removeprefix(f"{self._api}/")

    def _call_once(
        self, request: _Request, token: str, until: float, given: Given
    ) -> dict[str, Any]:
        status, content, headers = self._send(request, token, until)
        if status == _UNAUTHORIZED:
            token = self._tokens.replace(token)
            status, content, headers = self._send(request, token, until)
        if 200 <= status < 300:  # noqa: PLR2004 - the success statuses of HTTP
            self._read_clock(headers)
            return json_object(content)
        raise error_of(status, content, headers, (token, *given()))

    def _read_clock(self, headers: Mapping[str, str]) -> None:
        ahead = clock_ahead(headers.get("Date"), round(time.time() * 1000))
        if ahead is not None:
            self.ahead = ahead

    def _read_allowance(self, headers: Mapping[str, str]) -> None:
        remaining = whole(ungrouped(headers.get(REMAINING)))
        if remaining is not None:
            seconds = seconds_left(headers.get(SECONDS_REMAINING))
            self.allowance = Allowance(remaining, round(time.time() * 1000), seconds)

    def _send(
        self, request: _Request, token: str, until: float
    ) -> tuple[int, bytes, requests.structures.CaseInsensitiveDict[str]]:
        if time.monotonic() >= until:
            raise NotSentError("no time was left to send the request")
        try:
            with self._session.request(
                request.method,
                f"{self._api}/{request.path}",
                data=request.body,
                headers=request.headers,
                auth=_Bearer(token),
                timeout=Deadline(until),  # type: ignore[arg-type]  # its annotations omit urllib3's
                allow_redirects=False,
                stream=True,
            ) as response:
                self._read_allowance(response.headers)
                return response.status_code, _content(response), response.headers
        except requests.ConnectionError as error:
            if never_left(error):
                raise NotSentError(f"Dataverse could not be reached: {told(error)}") from error
            raise OutcomeUnknownError(f"the connection broke: {told(error)}") from error
        except requests.RequestException as error:
            raise OutcomeUnknownError(f"no answer: {told(error)}") from error


class _Bearer(requests.auth.AuthBase):
    """Sets the token itself, so that requests does not look for one in a .netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _wait(error: NotSentError | OutcomeUnknownError | ThrottledError, pause: float) -> float:
    """Say how many seconds to wait before a read is repeated: at least `pause`, or for ever."""
    if isinstance(error, NotSentError):
        return pause
    if isinstance(error, TooLongError):
        return math.inf
    if isinstance(error, OutcomeUnknownError):
        lasting = error.answer is not None and error.answer.status not in GATEWAY_ERRORS
        return math.inf if lasting else max(pause, error.retry_after or 0)
    return math.inf if error.retry_after is None else max(pause, error.retry_after)


def _content(response: requests.Response) -> bytes:
    """Read an answer's body; raises TooLongError if it is too long."""
    content = bytearray()
    for chunk in response.iter_content(64 * 1024):
        content += chunk
        if len(content) > ANSWER_LIMIT_BYTES:
            raise TooLongError("the answer is too long")
    return bytes(content)

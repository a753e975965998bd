"""Faults on demand: which requests are hit, and what happens to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from starlette.responses import HTMLResponse, Response

from local.emulator.json_answer import JsonAnswer, encoded
from local.emulator.known_errors import KnownError, known_error
from local.emulator.odd_ids import OddId

GATEWAY_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
# Paths of faults that are to hit every call to the Web API, or every request for a token.
EVERY_CALL, EVERY_TOKEN = "^/api/", "^/msi/token"  # the path of an endpoint
STATUSES = range(200, 600)
LATIN_1 = 255
FARTHEST_SECONDS = 100 * 365 * 86_400


@dataclass(frozen=True)
class Fault:
    """A fault for requests that match, by method, path (a regular expression), action or id.

    workflow, session: the id of one that the path names.
    The first `skip` matches are spared, the next `times` are hit (None: all, until the fault is
    cleared, alone by its `name` or with all others).

    expire_tokens: all tokens end first.
    delay_ms: wait before anything else.
    cut: end the connection before anything is done.
    lost_answer: do the work and end the connection; with `work_after_ms`, end it first, and do the
        work so much later.
    status, body, headers: this answer, JSON or text; html: a gateway's page of this status; error:
        Dataverse's error of this name. With `do_work` the work is done all the same.
    retry_after: that header as it is, sense or none; retry_after_date: as an HTTP date so many
        seconds from Dataverse's now. Without either the answer has none.
    never: no answer comes, and nothing is done but with `do_work`.
    cut_body: the answer, the fault's own or the true one, ends in the middle.
    session_id: what RunDesktopFlow's true answer gives for the session's id.
    """

    name: str = ""
    method: str | None = None
    path: str | None = None
    action: str | None = None
    workflow: str | None = None
    session: str | None = None
    skip: int = 0
    times: int | None = 1
    delay_ms: int = 0
    expire_tokens: bool = False
    cut: bool = False
    lost_answer: bool = False
    work_after_ms: int = 0
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    html: int | None = None
    error: KnownError | None = None
    retry_after: str | None = None
    retry_after_date: float | None = None
    do_work: bool = False
    never: bool = False
    cut_body: bool = False
    session_id: OddId | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be done; ValueError says why."""
        try:
            re.compile(self.path or "")
        except re.error as error:
            raise ValueError(f"the path {self.path!r} is no regular expression: {error}") from None
        if (self.times is not None and self.times < 1) or self.skip < 0:
            raise ValueError("times must be at least 1, and skip not negative")
        self._check_answer()
        for text in (self.retry_after or "", *self.headers, *self.headers.values()):
            if not text.isprintable() or any(ord(one) > LATIN_1 for one in text):
                raise ValueError(f"{text!r} cannot stand in a header")

    def _check_answer(self) -> None:
        told = [one for one in (self.status, self.html, self.error) if one is not None]
        if len(told) > 1:
            raise ValueError("only one of status, html and error can be the answer")
        for status in (self.status, self.html):
            if status is not None and status not in STATUSES:
                raise ValueError(f"{status} is no status of an answer")
        waits = [one for one in (self.retry_after, self.retry_after_date) if one is not None]
        if waits and not told:
            raise ValueError("retry_after and retry_after_date need a status, html or error")
        if len(waits) > 1:
            raise ValueError("only one of retry_after and retry_after_date can be told")
        if not abs(self.retry_after_date or 0) <= FARTHEST_SECONDS:  # so that NaN is refused, too
            raise ValueError("retry_after_date is more than a hundred years away")

    def matches(self, method: str, path: str) -> bool:
        named = path.lower()
        return (
            (self.method is None or self.method.upper() == method)
            and (self.path is None or re.search(self.path, path) is not None)
            and (self.action is None or path.endswith(f"Microsoft.Dynamics.CRM.{self.action}"))
            and (self.workflow is None or f"/workflows({self.workflow.lower()})" in named)
            and (self.session is None or f"/flowsessions({self.session.lower()})" in named)
        )

    @property
    def spares_work(self) -> bool:
        """Whether nothing is done for the request."""
        return self.cut or ((self.never or self._answers) and not self.do_work)

    def answer(self, now_ms: int) -> Response | None:
        """Return the answer that the fault gives itself, if it does, at Dataverse's `now_ms`."""
        if not self._answers:
            return None
        answer = self._plain_answer()
        answer.headers.update(self.headers)
        if self.retry_after is not None:
            answer.headers["Retry-After"] = self.retry_after
        if self.retry_after_date is not None:
            at = now_ms / 1000 + self.retry_after_date
            answer.headers["Retry-After"] = formatdate(at, usegmt=True)
        return answer

    @property
    def _answers(self) -> bool:
        return not (self.status is None and self.html is None and self.error is None)

    def _plain_answer(self) -> Response:
        if self.error is not None:
            return known_error(self.error).response()
        if self.html is not None:
            return HTMLResponse(GATEWAY_PAGE.format(f"{self.html} Gateway error"), self.html)
        status = self.status or 200
        if self.body is None or isinstance(self.body, str):
            return Response(None if self.body is None else encoded(self.body), status)
        return JsonAnswer(self.body, status)

"""Faults on demand: which requests are hit, and what happens to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, Response

from local.emulator.json_answer import JsonAnswer

GATEWAY_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """A fault for requests that match: a method, a path (regular expression), an action's name.

    The first `skip` matches are spared, the next `times` are hit (None: all).

    expire_tokens: all tokens end first.
    delay_ms: wait before anything else.
    cut: end the connection before anything is done.
    lost_answer: do the work and end the connection; with `work_after_ms`, end it first, and do the
        work so much later.
    status, body, headers: this answer, JSON or text; html: a gateway's page of this status; with
        `do_work` the work is done all the same.
    """

    method: str | None = None
    path: str | None = None
    action: str | None = None
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
    do_work: bool = False

    def __post_init__(self) -> None:
        """Refuse a path that is no regular expression; ValueError."""
        try:
            re.compile(self.path or "")
        except re.error as error:
            raise ValueError(f"the path {self.path!r} is no regular expression: {error}") from None

    def matches(self, method: str, path: str) -> bool:
        return (
            (self.method is None or self.method.upper() == method)
            and (self.path is None or re.search(self.path, path) is not None)
            and (self.action is None or path.endswith(f"Microsoft.Dynamics.CRM.{self.action}"))
        )

    @property
    def spares_work(self) -> bool:
        """Whether nothing is done for the request."""
        return self.cut or (self.answer() is not None and not self.do_work)

    def answer(self) -> Response | None:
        """Return the answer that the fault gives itself, if it does."""
        if self.html is not None:
            title = f"{self.html} Gateway error"
            return HTMLResponse(GATEWAY_PAGE.format(title), self.html, self.headers)
        if self.status is None:
            return None
        if self.body is None or isinstance(self.body, str):
            return Response(self.body, self.status, self.headers)
        return JsonAnswer(self.body, self.status, self.headers)

"""Faults on demand: which requests are hit, and what the network makes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from local.fault_proxy.message import Message, made_answer


@dataclass(frozen=True)
class Fault:
    """A fault for requests that match; `label` names it in the record.

    A request matches by its method, and by regular expressions that are searched in its target
    (path and query, percent-decoded) and in its body. The first `skip` matches are spared, the next
    `times` are hit (None: all).

    What happens, in this order: `delay_before_ms`; with `forward` the request goes on and its work
    is done, even if the caller has given up by then; `delay_after_ms`; with `cut` the connection
    ends, with `cut_amid` after half of the answer's body. Otherwise the caller gets an answer:
    a gateway's page of `status` with `headers` if it is given, or what came back, the body piece
    by piece over `trickle_ms`.
    """

    label: str
    method: str | None = None
    target: str | None = None
    body: str | None = None
    skip: int = 0
    times: int | None = 1
    delay_before_ms: int = 0
    forward: bool = True
    delay_after_ms: int = 0
    cut: bool = False
    cut_amid: bool = False
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    trickle_ms: int = 0

    def __post_init__(self) -> None:
        """Refuse what can never be: ValueError."""
        for pattern in (self.target, self.body):
            try:
                re.compile(pattern or "")
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        if not self.forward and not self.cut and self.status is None:
            raise ValueError("a request that is not forwarded is cut, or answered with a status")

    def matches(self, request: Message) -> bool:
        return (
            (self.method is None or self.method.upper() == request.method)
            and _found(self.target, unquote(request.target))
            and (self.body is None or _found(self.body, request.content.decode("latin-1")))
        )

    def answer(self) -> Message | None:
        """Return the answer that the fault gives itself, if it does."""
        if self.status is None:
            return None
        page = f"<html><body><h1>{self.status} Gateway error</h1></body></html>".encode()
        return made_answer(self.status, {"Content-Type": "text/html"} | self.headers, page)


NO_FAULT = Fault(label="")


def _found(pattern: str | None, text: str) -> bool:
    return pattern is None or re.search(pattern, text, re.DOTALL) is not None

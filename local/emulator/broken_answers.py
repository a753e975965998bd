"""Answers that never come, or that end in the middle of their body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from starlette.responses import Response

from local.emulator.connection_cutting import cut, until_gone
from local.emulator.errors import INTERNAL, WebApiError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Breakage = Literal["error", "never", "cut"]


class Unanswered(Response):
    """Says nothing until the caller has gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        await until_gone(receive)


class CutOff(Response):
    """Another answer, of which half of the body is sent before the connection ends."""

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, media_type=whole.media_type)
        # Content-Length too: the caller is told of a body that never comes in full.
        self.raw_headers = whole.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send(start | {"headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(scope, receive)


def broken(how: Breakage, answer: Response) -> Response:
    """Return what is sent instead of an answer; raises WebApiError for an `error`."""
    if how == "error":
        raise WebApiError(500, INTERNAL, "An unexpected error occurred.")
    return Unanswered() if how == "never" else CutOff(answer)

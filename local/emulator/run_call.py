"""A RunDesktopFlow request as it arrived, whatever becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

CLIENT_REQUEST_ID, CORRELATION_ID = "x-ms-client-request-id", "x-ms-correlation-id"


@dataclass(frozen=True)
class RunCall:
    """The request's body, when its head came (ms), and the ids that its caller gave it."""

    workflow_id: str
    body: bytes
    arrived_ms: int
    client_request_id: str | None
    correlation_id: str | None


async def run_call(request: Request, workflow_id: str, arrived_ms: int) -> RunCall:
    """Read the whole request; the body stays readable."""
    return RunCall(
        workflow_id.lower(),
        await request.body(),
        arrived_ms,
        request.headers.get(CLIENT_REQUEST_ID),
        request.headers.get(CORRELATION_ID),
    )

"""What the emulator remembers for tests, in the shape in which the admin API tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["accepted", "throttled", "refused"]


@dataclass(frozen=True)
class Submission:
    """One RunDesktopFlow request: when its head came, and what became of it.

    `refused` ones did nothing, for whatever reason: a wrong parameter, a token, a fault.
    """

    arrived_ms: int
    outcome: Outcome
    workflow_id: str
    connection: str | None = None
    callback_url: str | None = None
    session_id: str | None = None
    run_mode: str | None = None
    run_priority: str | None = None
    status: int | None = 200
    client_request_id: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One attempt at a callback; `status` is None where no answer came."""

    at_ms: int
    session_id: str
    url: str
    attempt: int
    status: int | None
    error: str | None = None


@dataclass(frozen=True)
class RecordedRequest:
    """One request to anything but the admin API; `status` is None where it was cut off."""

    at_ms: int
    method: str
    path: str
    query: str
    status: int | None


@dataclass(frozen=True)
class SessionSummary:
    """A flow session, without the content of its inputs and outputs."""

    id: str
    workflow_id: str
    connection: str
    callback_url: str | None
    statuscode: int
    finished: bool
    created_ms: int
    started_ms: int | None
    completed_ms: int | None
    errorcode: str | None
    machine: str | None
    run_priority: str


@dataclass(frozen=True)
class State:
    """Everything that happened since the last reset, in its order."""

    now_ms: int
    sessions: tuple[SessionSummary, ...]
    submissions: tuple[Submission, ...]
    deliveries: tuple[Delivery, ...]
    held: tuple[str, ...]

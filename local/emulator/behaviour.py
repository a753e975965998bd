"""How Dataverse behaves where no document says so: one switch for each open question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Behaviour:
    """The switches, with the contract's best guess as default; times are unscaled seconds.

    The sections in the comments are those of the Dataverse contract.
    """

    # Sections 5 and 9: what a connection takes, and how too much is told.
    runs_per_window: int = 70
    window_seconds: float = 60
    window_shape: Literal["sliding", "fixed"] = "sliding"
    throttle_as: Literal["http", "session"] = "http"
    refused_runs_count: bool = False
    retry_after_header: bool = True
    # Section 2: what a caller is allowed.
    requests_per_window: int = 6000
    request_window_seconds: float = 300
    concurrent_requests: int = 52
    # Section 5: the action's answers.
    licence_code: str | None = "ValidLicenseCoverage"
    unknown_connection_status: int = 404
    answer_ms: int = 0
    session_visible_after_ms: int = 0
    require_https_callbacks: bool = False
    # Section 6: the session's columns.
    waiting_statuscode: Literal[0, 1, 2, 3] = 3
    timed_out_statuscode: Literal[8, 10] = 10
    callbackurl_column: Literal["kept", "dropped"] = "kept"
    no_outputs: Literal["204", "404", "empty"] = "204"
    largest_page: int = 5000
    # Section 7: callbacks.
    callback_when_cancelled: bool = True
    callback_when_timed_out: bool = True
    callback_copies: int = 1
    callback_delay_seconds: float = 0
    callback_timeout_seconds: float = 10
    # Section 8: cancelling.
    cancel_seconds: float = 1
    cancel_of_finished: Literal["error", "accepted"] = "error"
    # Section 1: what the caller may do.
    member_of_organization: bool = True
    may_trigger: bool = True
    may_read_sessions: bool = True
    may_cancel_sessions: bool = True
    token_seconds: int = 86_400

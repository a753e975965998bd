"""How Dataverse behaves where no document says so: one switch for each open question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from local.emulator.markers import IdForm, IdHeld
from local.emulator.stored_urls import UrlForm

# Dates must stay within those that ISO 8601 can write.
LARGEST_OFFSET_SECONDS = 1000 * 365 * 86_400
ERRORS = range(400, 600)

NoSchema = Literal["204", "404", "empty", "braces", "null", "no_properties"]


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
    execution_seconds_per_window: float = 1200
    concurrent_requests: int = 52
    # Section 5: the action's answers.
    licence_code: str | None = "ValidLicenseCoverage"
    unknown_connection_status: int = 404
    connections_refused_by_name: tuple[str, ...] = ()
    answer_ms: int = 0
    session_visible_after_ms: int = 0
    require_https_callbacks: bool = False
    refuse_unresolvable_callbacks: bool = False
    # Section 6: the session's columns.
    waiting_statuscode: Literal[0, 1, 2, 3] = 3
    timed_out_statuscode: Literal[8, 10] = 10
    callbackurl_column: UrlForm = "kept"
    callbackurl_length: int = 60
    correlationid_column: IdHeld | None = None
    clienttrackingid_column: IdHeld | None = None
    id_columns: IdForm = "kept"
    missing_columns: tuple[str, ...] = ()
    no_outputs: Literal["204", "404", "empty"] = "204"
    largest_page: int = 5000
    page_size_honoured: bool = True
    # Section 3: desktop flows, and how their schemas are told.
    drafts_by_id: bool = False
    activation_copies: bool = False
    no_schema: NoSchema = "204"
    undocumented_types: Literal["named", "string", "absent"] = "named"
    sensitive_as: Literal["format", "type", "flag", "not_told"] = "format"
    mandatory_as: Literal["not_told", "list", "flag"] = "not_told"
    default_as: Literal["default", "value"] = "default"
    # Section 9: how long a run waits for a machine; None: for ever.
    queue_seconds: float | None = 6 * 3600
    # Section 7: callbacks.
    callback_when_cancelled: bool = True
    callback_when_timed_out: bool = True
    callback_copies: int = 1
    callback_delay_seconds: float = 0
    callback_timeout_seconds: float = 10
    # Section 8: cancelling.
    cancel_seconds: float = 1
    cancel_of_finished: Literal["error", "accepted"] = "error"
    # Dataverse's clock, ahead of this machine's or behind it, in rows and in `Date`; not scaled.
    clock_offset_seconds: float = 0
    date_header: bool = True
    # Section 1: what the caller may do.
    member_of_organization: bool = True
    may_trigger: bool = True
    may_read_sessions: bool = True
    may_cancel_sessions: bool = True
    may_read_flows: bool = True
    may_read_references: bool = True
    missing_privileges: tuple[str, ...] = ()
    token_seconds: int = 86_400

    def __post_init__(self) -> None:
        """Refuse what no Dataverse could be like; ValueError names the switch."""
        if not abs(self.clock_offset_seconds) <= LARGEST_OFFSET_SECONDS:
            raise ValueError("clock_offset_seconds is more than a thousand years")
        if self.unknown_connection_status not in ERRORS:
            raise ValueError("unknown_connection_status must be the status of an error")
        for name in ("callbackurl_length", "runs_per_window", "largest_page", "callback_copies"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        if self.queue_seconds is not None and not self.queue_seconds >= 0:
            raise ValueError("queue_seconds must not be negative")

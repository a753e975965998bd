"""What several calls have in common: what they take, and the errors that they answer with."""

from shared.api.operations import Header, Parameter, Where, path_parameter
from shared.api.shapes import TEXT, WHOLE
from shared.domain import idempotency
from shared.domain.codes.answers import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PAYLOAD_TOO_LARGE,
    ROW_UNREADABLE,
    RUN_NOT_FOUND,
    UNAVAILABLE,
)

FAILS = (INTERNAL_ERROR, UNAVAILABLE)
ONE_RUN = (RUN_NOT_FOUND, ROW_UNREADABLE, *FAILS)
BODY = (INVALID_REQUEST, PAYLOAD_TOO_LARGE)

RUN_ID = path_parameter(
    "runId",
    "Run",
    "The run's id, as the start was answered with.",
    "u5hanaq2kj8ge8hf-vubnonkm1f0s40i2gb1g6gs3og",
)
KEY = Parameter(
    "Idempotency-Key",
    Where.HEADER,
    TEXT,
    "Idempotency Key",
    "What makes a repeat of this start the same run: a name of the piece of work itself, such as"
    " the invoice's number. An engine's own run id is not enough where one of its runs starts"
    " several: the turns of a loop would be one run.",
    "invoice-4711",
    pattern=idempotency.PATTERN,
)
RETRY_AFTER = Header("Retry-After", WHOLE, "After how many seconds to ask again.")

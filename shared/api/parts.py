"""What several calls have in common: what they take, and the errors that they answer with."""

from dataclasses import replace

from shared.api.operations import Header, Parameter, Where, path_parameter
from shared.api.shapes import TEXT, WHOLE
from shared.domain.codes.answers import (
    CATALOG_REFUSED,
    CATALOG_UNAVAILABLE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    KEY_REUSED,
    PAYLOAD_TOO_LARGE,
    ROW_UNREADABLE,
    RUN_NOT_FOUND,
    UNAVAILABLE,
)
from shared.domain.kinds import Key

FAILS = (INTERNAL_ERROR, UNAVAILABLE)
ONE_RUN = (RUN_NOT_FOUND, ROW_UNREADABLE, *FAILS)
BODY = (INVALID_REQUEST, PAYLOAD_TOO_LARGE)
CATALOG = (CATALOG_REFUSED, CATALOG_UNAVAILABLE)
START_FAILS = (*BODY, KEY_REUSED, *CATALOG, ROW_UNREADABLE, *FAILS)

RUN_ID = path_parameter(
    "runId",
    "Run",
    "The run's id, as the start was answered with.",
    "u5hanaq2kj8ge8hf-vubnonkm1f0s40i2gb1g6gs3og",
)
SIGNATURE = path_parameter(
    "signature", "Signature", "The app's own.", "5f0c1d7a9b3e42618c0d7f6a4b2e91c3"
)
KEY = Parameter(
    "Idempotency-Key",
    Where.HEADER,
    Key(),
    "Idempotency Key",
    "What makes a repeat of this start the same run: a name of the piece of work itself, such as"
    " the invoice's number. An engine's own run id is not enough where one of its runs starts"
    " several: the turns of a loop would be one run.",
    "invoice-4711",
)
NEEDED_KEY = replace(KEY, required=True)
RETRY_AFTER = Header("Retry-After", WHOLE, "After how many seconds to ask again.")
RETRY_AFTER_WHILE = replace(
    RETRY_AFTER,
    help="After how many seconds to ask again; not once the run has ended.",
    always=False,
)
LOCATION = Header("Location", TEXT, "Where to leave, without a key and as often as you like.")

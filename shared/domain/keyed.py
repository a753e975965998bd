"""Requests for runs together with their idempotency keys, and many of them in one body."""

from dataclasses import replace
from typing import Any

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.fields import Body, Field
from shared.domain.kinds import Key
from shared.domain.list_kinds import Items
from shared.domain.request import START, StartRequest, start_of, validate

KEY_FIELD = "idempotencyKey"
BATCH_FIELD = "runs"
BATCH_LIMIT = 100

_KEY = Field(
    KEY_FIELD,
    Key(),
    "Idempotency Key",
    "What makes a repeat of this start the same run: a name of the piece of work itself, such as"
    " the invoice's number.",
    "invoice-4711",
    required=True,
)
KEYED_START = Body("KeyedStart", START.what, (*START.fields, _KEY), refused=START.refused)
_START_BY_MESSAGE = replace(KEYED_START, fields=(*START.fields, replace(_KEY, required=False)))

BATCH = Body(
    "BatchRequest",
    "a batch",
    (
        Field(
            BATCH_FIELD,
            Items(KEYED_START, "starts", BATCH_LIMIT),
            "Runs",
            "The starts, each with its own key, and each accepted or refused by itself.",
            [
                {field.name: field.example for field in KEYED_START.fields if field.required},
            ],
            required=True,
        ),
    ),
)


def validate_with(body: Any, *more: Fault) -> StartRequest:
    """Validate a request whose faults are told with those that were found beside it."""
    try:
        request = validate(body)
    except InvalidRequestError as error:
        raise InvalidRequestError(*error.faults, *more) from None
    if more:
        raise InvalidRequestError(*more)
    return request


def validate_keyed(body: Any, instead: str | None = None) -> tuple[StartRequest, str]:
    """Validate a request that holds its key itself; raises InvalidRequestError.

    `instead`: the key where it holds none; None: then it must hold one.
    """
    read = (KEYED_START if instead is None else _START_BY_MESSAGE).read(body)
    read.check()
    return start_of(read), read[KEY_FIELD] or instead or ""


def read_batch(body: Any) -> list[Any]:
    """Give the requests of a batch, unread; raises InvalidRequestError."""
    read = BATCH.read(body)
    read.check()
    return list(read[BATCH_FIELD])

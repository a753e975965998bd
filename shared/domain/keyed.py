"""Requests for runs together with their idempotency keys, and many of them in one body."""

from typing import Any

from shared.domain.idempotency import MUST_BE, is_key
from shared.domain.request import Fault, InvalidRequestError, StartRequest, validate

KEY_FIELD = "idempotencyKey"
BATCH_FIELD = "runs"
BATCH_LIMIT = 100

_NO_OBJECT = Fault("body", "InvalidBody", "must be a JSON object")
_STRANGE_FIELDS_TOLD = 20


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
    if not isinstance(body, dict):
        raise InvalidRequestError(_NO_OBJECT)
    fields = dict(body)
    key = fields.pop(KEY_FIELD, None)
    faults = []
    if key is None and instead is None:
        faults.append(Fault(KEY_FIELD, "MissingField", "is required"))
    elif key is not None and not (isinstance(key, str) and is_key(key)):
        faults.append(Fault(KEY_FIELD, "InvalidValue", MUST_BE))
    return validate_with(fields, *faults), key or instead or ""


def read_batch(body: Any) -> list[Any]:
    """Give the requests of a batch, unread; raises InvalidRequestError."""
    if not isinstance(body, dict):
        raise InvalidRequestError(_NO_OBJECT)
    runs, faults = body.get(BATCH_FIELD), []
    if runs is None:
        faults.append(Fault(BATCH_FIELD, "MissingField", "is required"))
    elif not isinstance(runs, list) or not 1 <= len(runs) <= BATCH_LIMIT:
        must = f"must be a list of 1 to {BATCH_LIMIT} starts"
        faults.append(Fault(BATCH_FIELD, "InvalidValue", must))
    message = f"is not a field of a batch; there is one: {BATCH_FIELD}"
    strange = [name for name in body if name != BATCH_FIELD]
    faults += [
        Fault(name[:100] or '""', "UnknownField", message)
        for name in strange[:_STRANGE_FIELDS_TOLD]
    ]
    if faults or runs is None:
        raise InvalidRequestError(*faults)
    return list(runs)

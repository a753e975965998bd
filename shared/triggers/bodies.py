"""Bodies of requests, as bytes within bounds."""

import azure.functions as func

from shared.domain.codes.answers import PAYLOAD_TOO_LARGE
from shared.domain.faults import Fault, InvalidRequestError

BODY_LIMIT_BYTES = 8 * 1024 * 1024
"""Inputs of 2 MiB, as a string in a string, with every second character escaped, still fit."""


def body_of(req: func.HttpRequest) -> bytes:
    """Give the body; raises InvalidRequestError if it is too long."""
    body = req.get_body()
    if len(body) > BODY_LIMIT_BYTES:
        message = f"must be at most {BODY_LIMIT_BYTES:,} bytes"
        raise InvalidRequestError(Fault("body", PAYLOAD_TOO_LARGE.name, message))
    return body

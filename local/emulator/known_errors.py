"""Errors that Dataverse is known to answer with, by names that a fault can give."""

from __future__ import annotations

from typing import Literal, get_args

from local.emulator.errors import (
    ACCESS_DENIED,
    FLOW_CLIENT,
    INTERNAL,
    NOT_A_MEMBER,
    PRECONDITION,
    RUNS_THROTTLED,
    TOO_CONCURRENT,
    TOO_MANY_REQUESTS,
    TOO_MUCH_TIME,
    WebApiError,
    missing_privilege,
    unauthorized,
)

KnownError = Literal[
    # The app's identity.
    "unauthorized",
    "not_a_member",
    "missing_privilege",
    "access_denied",
    # Service protection, by its code; and the limit of a connection.
    "too_many_requests",
    "too_much_time",
    "too_concurrent",
    "throttled_without_code",
    "runs_throttled",
    # The service behind Dataverse, as a 400 that holds another status.
    "flow_client_bad_gateway",
    "flow_client_unavailable",
    "flow_client_timeout",
    "flow_client_internal",
    "flow_client_bad_request",
    # What else it may say.
    "internal",
    "unavailable",
    "precondition_failed",
    "too_large",
]
KNOWN_ERRORS: tuple[KnownError, ...] = get_args(KnownError)

_FLOW_CLIENT_STATUSES = {
    "flow_client_bad_gateway": "BadGateway",
    "flow_client_unavailable": "ServiceUnavailable",
    "flow_client_timeout": "GatewayTimeout",
    "flow_client_internal": "InternalServerError",
    "flow_client_bad_request": "BadRequest",
}
_NOBODY = "00000000-0000-4000-8000-000000000000"
_OTHERS = {
    "not_a_member": (403, NOT_A_MEMBER, "The user is not a member of the organization."),
    "access_denied": (
        403,
        ACCESS_DENIED,
        "Not enough privilege to access the object or perform the requested operation.",
    ),
    "too_many_requests": (
        429,
        TOO_MANY_REQUESTS,
        "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
    ),
    "too_much_time": (
        429,
        TOO_MUCH_TIME,
        "Combined execution time of incoming requests exceeded the limit of its time window.",
    ),
    "too_concurrent": (
        429,
        TOO_CONCURRENT,
        "Number of concurrent requests exceeded the limit of 52.",
    ),
    "throttled_without_code": (429, "", "Too many requests."),
    "runs_throttled": (429, RUNS_THROTTLED, "Too many desktop flows use the same connection."),
    "internal": (500, INTERNAL, "An unexpected error occurred."),
    "unavailable": (503, "", "The service is unavailable."),
    "precondition_failed": (
        412,
        PRECONDITION,
        "The version of the existing record doesn't match the RowVersion property provided.",
    ),
    "too_large": (413, "", "The request is too long."),
}


def known_error(name: KnownError) -> WebApiError:
    """Return the error of this name; what it says is documented, or seen in the field."""
    if name == "unauthorized":
        return unauthorized('Bearer authorization_uri="https://login.example/"')
    if name == "missing_privilege":
        return missing_privilege("prvCreateflowsession", _NOBODY)
    if name in _FLOW_CLIENT_STATUSES:
        inner = _FLOW_CLIENT_STATUSES[name]
        details = f'{{"error":{{"code":"{inner}","message":"The flow service said so."}}}}'
        message = f'Flow client error returned with status code "{inner}" and details "{details}".'
        return WebApiError(400, FLOW_CLIENT, message)
    return WebApiError(*_OTHERS[name])

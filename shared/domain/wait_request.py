"""What an engine's webhook action asks for: a start, and that an address is told of its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.destinations import ENGINE_MUST_BE, parse_engine_address
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.request import StartRequest, validate

NOTIFICATION_URL = "notificationUrl"
CANCEL_ON_UNSUBSCRIBE = "cancelOnUnsubscribe"
FIELDS = (NOTIFICATION_URL, CANCEL_ON_UNSUBSCRIBE)


@dataclass(frozen=True, slots=True)
class WaitRequest:
    """A start, and who waits for its end. `cancels`: the run is cancelled when he unsubscribes."""

    start: StartRequest
    url: str
    cancels: bool = False


def validate_wait(body: Any) -> WaitRequest:
    """Read the JSON value of a request; raises InvalidRequestError with every fault."""
    if not isinstance(body, dict):
        raise InvalidRequestError(Fault("body", "InvalidBody", "must be a JSON object"))
    start, faults = _start(body)
    url, cancels = read_url(body, faults), _flag(body, faults)
    if faults or start is None:
        raise InvalidRequestError(*faults)
    return WaitRequest(start, url, cancels)


def read_url(body: Mapping[str, Any], faults: list[Fault]) -> str:
    """Read the address that an engine gives; what is wrong with it is added to the faults."""
    value = body.get(NOTIFICATION_URL)
    if value is None:
        faults.append(Fault(NOTIFICATION_URL, "MissingField", "is required"))
    elif not isinstance(value, str) or parse_engine_address(value) is None:
        faults.append(Fault(NOTIFICATION_URL, "InvalidValue", ENGINE_MUST_BE))
    return str(value)


def _start(body: Mapping[str, Any]) -> tuple[StartRequest | None, list[Fault]]:
    """Read what is a start of it."""
    try:
        return validate({name: value for name, value in body.items() if name not in FIELDS}), []
    except InvalidRequestError as error:
        return None, list(error.faults)


def _flag(body: Mapping[str, Any], faults: list[Fault]) -> bool:
    value = body.get(CANCEL_ON_UNSUBSCRIBE)
    if value is not None and not isinstance(value, bool):
        faults.append(Fault(CANCEL_ON_UNSUBSCRIBE, "InvalidValue", "must be true or false"))
    return value is True

"""What an engine's webhook action asks for: a start, and that an address is told of its end."""

from dataclasses import dataclass
from typing import Any

from shared.domain.destinations import ENGINE_URL_LIMIT
from shared.domain.fields import Body, Field, Visibility
from shared.domain.kinds import Address, Flag
from shared.domain.request import START, StartRequest, start_of

NOTIFICATION_URL = "notificationUrl"


def notification_field(told: str) -> Field:
    """Make the field in which an engine gives its own address; `told`: what it is told there."""
    return Field(
        NOTIFICATION_URL,
        Address(ENGINE_URL_LIMIT),
        "Notification Address",
        f"Where {told} POSTed to: an https address with a public name, which an engine makes.",
        "https://prod-01.westeurope.logic.azure.com/workflows/4711?sig=secret",
        required=True,
        visibility=Visibility.INTERNAL,
    )


WAIT = Body(
    "WaitRequest",
    "a wait",
    (
        *START.fields,
        notification_field("the run with its outputs is"),
        Field(
            "cancelOnUnsubscribe",
            Flag(),
            "Cancel With Flow",
            "True: the run is cancelled where nobody waits for it any more, since the flow that"
            " started it was cancelled or has timed out. Do not set it where others use the key.",
            True,
            default=False,
            visibility=Visibility.ADVANCED,
        ),
    ),
    refused=START.refused,
)


@dataclass(frozen=True, slots=True)
class WaitRequest:
    """A start, and who waits for its end. `cancels`: the run is cancelled when he unsubscribes."""

    start: StartRequest
    url: str
    cancels: bool = False


def validate_wait(body: Any) -> WaitRequest:
    """Read the JSON value of a request; raises InvalidRequestError with every fault."""
    read = WAIT.read(body)
    read.check()
    return WaitRequest(start_of(read), read[NOTIFICATION_URL], read["cancelOnUnsubscribe"])

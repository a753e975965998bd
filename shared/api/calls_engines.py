"""The calls of engines: start and wait, start and poll, and hear of the ends of runs.

The addresses that they are answered with authenticate themselves, so these take no key.
"""

from dataclasses import replace

from shared.api.answers_engines import ENDING, EVENT, PROGRESS, SUBSCRIPTION, SUBSCRIPTIONS
from shared.api.answers_run import RUN
from shared.api.operations import Operation, Parameter, Success, path_parameter
from shared.api.parts import BODY, FAILS, LOCATION, NEEDED_KEY, RETRY_AFTER, SIGNATURE, START_FAILS
from shared.domain.codes.answers import (
    INTERNAL_ERROR,
    NOT_FOUND,
    ROW_UNREADABLE,
    RUN_NOT_FOUND,
)
from shared.domain.codes.engines import (
    RUN_CANCELLED,
    RUN_FAILED,
    RUN_TIMED_OUT,
    TOO_MANY_SUBSCRIPTIONS,
    TOO_MANY_WAITS,
)
from shared.domain.request import START
from shared.domain.subscription import SUBSCRIPTION as SUBSCRIPTION_BODY
from shared.domain.wait_request import WAIT

_POLL_LOCATION = replace(LOCATION, help="Where to ask for the run's end, without a key.")


def _signed(title: str, example: str) -> tuple[Parameter, Parameter]:
    """Name the parts of an address that the app has given out."""
    named = path_parameter("id", title, "As the address says, which the app has made.", example)
    return named, SIGNATURE


_RUN = "u5hanaq2kj8ge8hf-vubnonkm1f0s40i2gb1g6gs3og"

ENGINE_CALLS = (
    Operation(
        "StartAndWait",
        "start_and_wait",
        "POST",
        "waits",
        "Start a desktop flow and be told of its end",
        "Accepts a run, and tells its end with its outputs by a POST to the address given.",
        {201: Success("The run; its end will be told.", RUN, (LOCATION,))},
        (*START_FAILS, TOO_MANY_WAITS),
        (NEEDED_KEY,),
        WAIT,
        tag="engines",
        told={"notificationUrl": ENDING},
    ),
    Operation(
        "LeaveWait",
        "leave_wait",
        "DELETE",
        "waits/{id}/{signature}",
        "Wait no more",
        "Has nobody be told at the address given; cancels the run, if the start asked for that.",
        {204: Success("Nobody waits there any more.")},
        (NOT_FOUND, ROW_UNREADABLE, *FAILS),
        _signed("Wait", f"{_RUN}-0123456789abcdef"),
        anonymous=True,
        tag="engines",
    ),
    Operation(
        "StartAndPoll",
        "start_and_poll",
        "POST",
        "polls",
        "Start a desktop flow and ask for its end",
        "Accepts a run, whose end is asked for at the address answered.",
        {202: Success("The run; it has not ended.", RUN, (_POLL_LOCATION, RETRY_AFTER))},
        START_FAILS,
        (NEEDED_KEY,),
        START,
        tag="engines",
        told={"notifyUrl": EVENT},
    ),
    Operation(
        "PollRun",
        "poll_run",
        "GET",
        "polls/{id}/{signature}",
        "Ask for the end of a run",
        "Tells a run's end: an error, unless it succeeded.",
        {
            200: Success("The run has succeeded.", ENDING),
            202: Success("It has not ended.", PROGRESS, (_POLL_LOCATION, RETRY_AFTER)),
        },
        (
            NOT_FOUND,
            RUN_NOT_FOUND,
            RUN_FAILED,
            RUN_CANCELLED,
            RUN_TIMED_OUT,
            ROW_UNREADABLE,
            INTERNAL_ERROR,
        ),
        _signed("Run", _RUN),
        anonymous=True,
        tag="engines",
    ),
    Operation(
        "Subscribe",
        "subscribe",
        "POST",
        "subscriptions",
        "Be told of the ends of runs",
        "Has the end of each run that the filters let through told to the address given.",
        {201: Success("The subscription.", SUBSCRIPTION, (LOCATION,))},
        (*BODY, TOO_MANY_SUBSCRIPTIONS, ROW_UNREADABLE, *FAILS),
        (),
        SUBSCRIPTION_BODY,
        tag="engines",
        told={"notificationUrl": EVENT},
    ),
    Operation(
        "ListSubscriptions",
        "list_subscriptions",
        "GET",
        "subscriptions",
        "List subscriptions",
        "Lists who is told of the ends of runs.",
        {200: Success("All subscriptions.", SUBSCRIPTIONS)},
        FAILS,
        tag="engines",
    ),
    Operation(
        "Unsubscribe",
        "unsubscribe",
        "DELETE",
        "subscriptions/{id}/{signature}",
        "Be told no more",
        "Ends a subscription.",
        {204: Success("Nobody is told there any more.")},
        (NOT_FOUND, ROW_UNREADABLE, *FAILS),
        _signed("Subscription", "0123456789abcdefghijklmnopqrstuv-0123456789abcdef"),
        anonymous=True,
        tag="engines",
    ),
)

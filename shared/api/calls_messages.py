"""The calls about messages that were rejected, or given up by the host."""

from shared.api.answers_messages import MESSAGE, MESSAGES
from shared.api.operations import Operation, Parameter, Success, Where, path_parameter
from shared.api.parts import FAILS
from shared.api.shapes import OneOf
from shared.domain.codes.operators import (
    MESSAGE_NOT_FOUND,
    MESSAGE_OUT_OF_REACH,
    NOT_RESENDABLE,
    QUEUE_NOT_FOUND,
)
from shared.domain.shelf import Shelf

_QUEUE = Parameter(
    "queue",
    Where.PATH,
    OneOf(tuple(each.value for each in Shelf)),
    "Queue",
    "`rejected`: what was no valid request; the others: what the host gave up, tried too often.",
    Shelf.REJECTED.value,
    required=True,
)
_MESSAGE_ID = path_parameter(
    "messageId",
    "Message",
    "The message's id, as the list tells it.",
    "3f1c8f3e-6f55-4f0b-8a44-7f6a2a1f4f0e",
)
MESSAGE_CALLS = (
    Operation(
        "ListMessages",
        "list_messages",
        "GET",
        "messages/{queue}",
        "List messages that were set aside",
        "Looks at messages that were rejected or given up, and takes none. What they hold that may"
        " be secret, such as inputs, is not told.",
        {200: Success("The first of them.", MESSAGES)},
        (QUEUE_NOT_FOUND, *FAILS),
        (_QUEUE,),
        tag="messages",
    ),
    Operation(
        "ResendMessage",
        "resend_message",
        "POST",
        "messages/{queue}/{messageId}/resend",
        "Send a message again",
        "Puts what a message asked for back on the queue that it came from, and removes it. A"
        " request keeps its key, and one without a key has its message's id: it is one run, however"
        " often it is sent.",
        {202: Success("It was sent again.", MESSAGE)},
        (QUEUE_NOT_FOUND, MESSAGE_NOT_FOUND, MESSAGE_OUT_OF_REACH, NOT_RESENDABLE, *FAILS),
        (_QUEUE, _MESSAGE_ID),
        tag="messages",
    ),
    Operation(
        "RemoveMessage",
        "remove_message",
        "DELETE",
        "messages/{queue}/{messageId}",
        "Remove a message",
        "Removes a message that was rejected or given up, with all its parts.",
        {204: Success("It is gone.")},
        (QUEUE_NOT_FOUND, MESSAGE_NOT_FOUND, MESSAGE_OUT_OF_REACH, *FAILS),
        (_QUEUE, _MESSAGE_ID),
        tag="messages",
    ),
)

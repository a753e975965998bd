"""What operators are answered who look at what went wrong, and decide about it."""

from shared.domain.codes.code import Code, Kind

_ANSWER = (Kind.ANSWER,)
_NOTHING_DONE = "Nothing was changed."

READ_ONLY = Code(
    "ReadOnly",
    _ANSWER,
    "The key of the request may only read (`READ_ONLY_KEYS`).",
    f"{_NOTHING_DONE} Send the request with a key that may act, if you are to.",
    robot_may_have_started=False,
    status=403,
)
NOTHING_GIVEN_UP = Code(
    "NothingGivenUp",
    _ANSWER,
    "Nobody was given up who is to hear of the run's end, so there is nothing to tell again.",
    f"{_NOTHING_DONE} Read the run's `notification`: while it is `Pending`, it is tried by itself.",
    status=409,
)
QUEUE_NOT_FOUND = Code(
    "QueueNotFound",
    _ANSWER,
    "There is no queue of this name whose messages could be looked at.",
    "Name `rejected`, `requests-poison`, `wakeups-poison` or `notifications-poison`.",
    status=404,
)
MESSAGE_NOT_FOUND = Code(
    "MessageNotFound",
    _ANSWER,
    "The queue shows no message of this id: somebody has decided about it, it has expired, or"
    " somebody else has taken it at this moment.",
    "Read the queue's messages again after half a minute.",
    status=404,
)
MESSAGE_OUT_OF_REACH = Code(
    "MessageOutOfReach",
    _ANSWER,
    "So many messages lie in the queue that this one was not found among those that are looked"
    " through at a time; the error's message says how many that are.",
    f"{_NOTHING_DONE} Read the queue's messages again, and decide about those that are shown: they"
    " are the first to be found. Where thousands are alike, mend their cause, and then clear the"
    " queue with Azure's own tools, such as Storage Explorer.",
    status=409,
)
NOT_RESENDABLE = Code(
    "NotResendable",
    _ANSWER,
    "The message cannot be put back on its queue; the error's message says why.",
    f"{_NOTHING_DONE} Send what it asks for anew, then remove it.",
    status=409,
)

OPERATORS = (
    READ_ONLY,
    NOTHING_GIVEN_UP,
    QUEUE_NOT_FOUND,
    MESSAGE_NOT_FOUND,
    MESSAGE_OUT_OF_REACH,
    NOT_RESENDABLE,
)

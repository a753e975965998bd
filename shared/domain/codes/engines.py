"""What engines are answered that wait for runs or listen for their ends, and told with an end.

The end of a run that did not succeed is answered with 424: engines repeat a call on 408, 429 and
5xx, and take any other error for the end of what they wait for.
"""

from shared.domain.codes.code import Code, Kind

_ANSWER = (Kind.ANSWER,)
_ENDED = 424
_SEE_ERROR = "Look at `innererror`: it is the run's own error, and says what to do about it."

RUN_FAILED = Code(
    "RunFailed",
    _ANSWER,
    "The run that is waited for has failed; `innererror` holds its error.",
    _SEE_ERROR,
    status=_ENDED,
)
RUN_CANCELLED = Code(
    "RunCancelled",
    _ANSWER,
    "The run that is waited for was cancelled, by a caller or in Power Automate.",
    "Nothing is to be mended. Start another run, under another key, if it is still wanted.",
    status=_ENDED,
)
RUN_TIMED_OUT = Code(
    "RunTimedOut",
    _ANSWER,
    "The run that is waited for has timed out; `innererror` holds its error.",
    f"{_SEE_ERROR} A robot that needs longer is given a longer `timeout`.",
    status=_ENDED,
)
TOO_MANY_WAITS = Code(
    "TooManyWaits",
    _ANSWER,
    "Twenty addresses wait for the end of this run already; the run itself was started.",
    "Use a key of its own for each run that is wanted. Read this one by its `runId`.",
    status=409,
)
TOO_MANY_SUBSCRIPTIONS = Code(
    "TooManySubscriptions",
    _ANSWER,
    "Five hundred subscriptions listen for the ends of runs already: there is room for no more.",
    "Look at `GET /api/subscriptions`, and remove at their `location` those that nobody needs. One"
    " whose receiver fails for three days goes by itself.",
    robot_may_have_started=False,
    status=409,
)
OUTPUTS_TOO_LARGE = Code(
    "OutputsTooLarge",
    (Kind.OUTPUTS,),
    "The outputs are longer than is told with the end of a run.",
    "Read them with `GET /api/runs/{runId}/outputs`.",
)
OUTPUTS_UNAVAILABLE = Code(
    "OutputsUnavailable",
    (Kind.OUTPUTS,),
    "For an hour after the run's end Dataverse could not be asked for its outputs.",
    "Read them with `GET /api/runs/{runId}/outputs`.",
)

ENGINES = (
    RUN_FAILED,
    RUN_CANCELLED,
    RUN_TIMED_OUT,
    TOO_MANY_WAITS,
    TOO_MANY_SUBSCRIPTIONS,
    OUTPUTS_TOO_LARGE,
    OUTPUTS_UNAVAILABLE,
)

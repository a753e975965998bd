"""What to do about a code, in a sentence or two: of its cause, and whether to start again."""

from shared.domain.codes import Kind, find
from shared.domain.session import ROBOT_NEVER_STARTED

_LOOK_AT_THE_MESSAGE = "Look at the message."
GOES_ON = "The run has not ended: do not start it again."
SAFE = "The robot did not start: starting again is safe, by hand or with `retries`."
ONCE_MENDED = "The robot did not start: once the cause is mended, starting again is safe."
LOOK_FIRST = "The robot may have done part of its work: look before starting again."
NOBODY_KNOWS = (
    "Nobody knows whether the robot started: look at the flow sessions of the desktop flow before"
    " starting again."
)
_AFTER_THE_END = {False: ONCE_MENDED, True: LOOK_FIRST, None: NOBODY_KNOWS}
_OF_RUNS = frozenset({Kind.RUN, Kind.WAIT, Kind.SESSION, Kind.WEB_API})
_OF_OTHERS = frozenset({Kind.SESSION, Kind.WEB_API})
"""These tell what went wrong, not of which run; of the others the catalogue's advice says all."""


def advice(code: str, *, robot_may_have_started: bool | None, ended: bool = True) -> str:
    """Say what to do about the code of a run's error or wait, whether anybody knows it or not.

    `ended`: whether the run has. Nobody must be told to start one again that goes on by itself.
    """
    known = find(code)
    if known is None or _OF_RUNS.isdisjoint(known.kinds):
        cause, says_all = _LOOK_AT_THE_MESSAGE, False
    else:
        cause = known.advice
        says_all = Kind.RUN in known.kinds or not (ended or _OF_OTHERS.intersection(known.kinds))
    if says_all:
        return cause
    return f"{cause} {_whether_to_start_again(code, robot_may_have_started, ended=ended)}"


def _whether_to_start_again(code: str, started: bool | None, *, ended: bool) -> str:
    if not ended:
        return GOES_ON
    if started is False and code in ROBOT_NEVER_STARTED:
        return SAFE
    return _AFTER_THE_END[started]

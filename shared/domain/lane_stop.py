"""An operator's word about a lane: why it is to wait, until when, and who says so."""

from dataclasses import dataclass
from typing import Any

from shared.domain.faults import Fault
from shared.domain.fields import Body, Field
from shared.domain.kinds import Moment, Words
from shared.domain.pause import FOR_EVER, Pause, Why
from shared.domain.resolution import BY, BY_FIELD, REASON, REASON_LIMIT

UNTIL = "until"
_MUST_BE = "must be a time in the future, as 2026-11-24T17:06:10Z"
STOP = Body(
    "LanePause",
    "a lane's pause",
    (
        Field(
            REASON,
            Words(REASON_LIMIT),
            "Reason",
            "Why the lane waits, as everybody is told whose run waits with it.",
            "The finance system is closed for the night",
            required=True,
            why_required=": whoever waits is told it",
        ),
        Field(
            UNTIL,
            Moment(_MUST_BE),
            "Until",
            "When the lane goes on by itself; without it when somebody resumes it.",
            "2099-11-24T17:06:10Z",
        ),
        BY_FIELD,
    ),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """`until`: ms since the epoch; None: until somebody resumes the lane."""

    reason: str
    until: int | None = None
    by: str | None = None

    def pause(self, now: int) -> Pause:
        """Give the pause that a lane is to keep from now on."""
        message = self.reason if self.by is None else f"{self.reason} ({self.by})"
        until = FOR_EVER if self.until is None else self.until
        return Pause(until, Why.LANE_PAUSED, message, now)


def validate_stop(body: Any, now: int) -> Stop:
    """Read an operator's word from JSON; raises InvalidRequestError with every fault."""
    read = STOP.read(body)
    until = read[UNTIL]
    if until is not None and not now < until < FOR_EVER:
        read.faults.append(Fault(UNTIL, "InvalidValue", _MUST_BE))
    read.check()
    return Stop(read[REASON], until, read[BY])

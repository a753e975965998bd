"""An operator's word about a lane: why it is to wait, until when, and who says so."""

from dataclasses import dataclass
from typing import Any

from shared.domain.instants import from_iso_if_readable
from shared.domain.pause import FOR_EVER, Pause, Why
from shared.domain.request import Fault, InvalidRequestError
from shared.domain.resolution import BY, BY_LIMIT, REASON, REASON_LIMIT, read_text

UNTIL = "until"
FIELDS = (REASON, UNTIL, BY)


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
    if not isinstance(body, dict):
        raise InvalidRequestError(Fault("body", "InvalidBody", "must be a JSON object"))
    faults = [
        Fault(name[:100] or '""', "UnknownField", f"is not one of {', '.join(FIELDS)}")
        for name in body
        if name not in FIELDS
    ]
    reason = read_text(body, REASON, REASON_LIMIT, faults)
    if body.get(REASON) is None:
        faults.append(Fault(REASON, "MissingField", "is required: whoever waits is told it"))
    by = read_text(body, BY, BY_LIMIT, faults)
    until = from_iso_if_readable(body.get(UNTIL))
    if body.get(UNTIL) is not None and (until is None or not now < until < FOR_EVER):
        must = "must be a time in the future, as 2026-11-24T17:06:10Z"
        faults.append(Fault(UNTIL, "InvalidValue", must))
    if faults:
        raise InvalidRequestError(*faults)
    return Stop(str(reason), until, by)

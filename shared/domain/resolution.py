"""Resolutions: what an operator decides of a run that nobody else can decide about."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.fields import Body, Field, Needs, OnlyWith
from shared.domain.kinds import Choice, Flag, Guid, Words

ACTION, SESSION, BY, REASON, FORCE = "action", "flowSessionId", "decidedBy", "reason", "force"
BY_LIMIT, REASON_LIMIT = 100, 500
"""How long the words of an operator may be, in characters."""

BY_FIELD = Field(
    BY, Words(BY_LIMIT), "Decided By", "Who says so, for those who read it later.", "Ann Smith"
)


class Action(StrEnum):
    ADOPT = "adopt"
    RESUBMIT = "resubmit"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Take this flow session as the run's, submit the run again, or give it up.

    `by` and `reason`: who decided and why, as kept on the run. `force`: submit again whatever
    Dataverse has; it takes a reason.
    """

    action: Action
    session_id: str | None = None
    by: str | None = None
    reason: str | None = None
    force: bool = False


_NO_ROBOT = "is required with force: what tells you that no robot works for this run?"
RESOLUTION = Body(
    "Resolution",
    "a resolution",
    (
        Field(
            ACTION,
            Choice(Action),
            "Action",
            "adopt takes a flow session as the run's, resubmit submits the run again, fail gives it"
            " up.",
            "fail",
            required=True,
        ),
        Field(
            SESSION,
            Guid(),
            "Flow Session",
            "The flow session to adopt: one of the run's candidates, or another that is its own.",
            "d9687093-d0c0-ec11-983e-000d3a9b1f58",
        ),
        BY_FIELD,
        Field(
            REASON,
            Words(REASON_LIMIT),
            "Reason",
            "Why, as it is kept on the run.",
            "Seen at the machine",
        ),
        Field(
            FORCE,
            Flag(),
            "Force",
            "Submit again whatever Dataverse has; the robot may work twice.",
            example=False,
            default=False,
        ),
    ),
    rules=(
        Needs(SESSION, ACTION, (Action.ADOPT,), "is required to adopt, and must be a GUID"),
        OnlyWith(SESSION, ACTION, (Action.ADOPT,), "is given only to adopt"),
        OnlyWith(FORCE, ACTION, (Action.RESUBMIT,), f"is given only with {Action.RESUBMIT}"),
        Needs(REASON, FORCE, (True,), _NO_ROBOT),
    ),
)


def validate_resolution(body: Any) -> Resolution:
    """Turn the JSON value of a request into a Resolution; raises InvalidRequestError."""
    read = RESOLUTION.read(body)
    read.check()
    return Resolution(
        read[ACTION], read[SESSION], by=read[BY], reason=read[REASON], force=read[FORCE]
    )

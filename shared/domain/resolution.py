"""Resolutions: what an operator decides of a run whose submission nobody can confirm."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.guids import read_guid
from shared.domain.request import Fault, InvalidRequestError

ACTION, SESSION = "action", "flowSessionId"


class Action(StrEnum):
    ADOPT = "adopt"
    RESUBMIT = "resubmit"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Take this flow session as the run's, submit the run again, or give it up."""

    action: Action
    session_id: str | None = None


def validate_resolution(body: Any) -> Resolution:
    """Turn the JSON value of a request into a Resolution; raises InvalidRequestError."""
    if not isinstance(body, dict):
        raise InvalidRequestError(Fault("body", "InvalidBody", "must be a JSON object"))
    faults = [
        Fault(name[:100] or '""', "UnknownField", f"is neither {ACTION} nor {SESSION}")
        for name in body
        if name not in (ACTION, SESSION)
    ]
    action, given = body.get(ACTION), body.get(SESSION)
    session_id = read_guid(given)
    if action not in list(Action):
        choices = ", ".join(Action)
        faults.append(Fault(ACTION, "InvalidValue", f"is required and must be one of {choices}"))
    elif action == Action.ADOPT and session_id is None:
        faults.append(Fault(SESSION, "InvalidValue", "is required to adopt, and must be a GUID"))
    elif action != Action.ADOPT and given is not None:
        faults.append(Fault(SESSION, "InvalidValue", "is given only to adopt"))
    if faults:
        raise InvalidRequestError(*faults)
    return Resolution(Action(str(action)), session_id)

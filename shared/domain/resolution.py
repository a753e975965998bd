"""Resolutions: what an operator decides of a run that nobody else can decide about."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.guids import read_guid
from shared.domain.request import Fault, InvalidRequestError

ACTION, SESSION, BY, REASON, FORCE = "action", "flowSessionId", "decidedBy", "reason", "force"
FIELDS = (ACTION, SESSION, BY, REASON, FORCE)
BY_LIMIT, REASON_LIMIT = 100, 500
"""How long the words of an operator may be, in characters."""


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


def validate_resolution(body: Any) -> Resolution:
    """Turn the JSON value of a request into a Resolution; raises InvalidRequestError."""
    if not isinstance(body, dict):
        raise InvalidRequestError(Fault("body", "InvalidBody", "must be a JSON object"))
    faults = [
        Fault(name[:100] or '""', "UnknownField", f"is not one of {', '.join(FIELDS)}")
        for name in body
        if name not in FIELDS
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
    by = read_text(body, BY, BY_LIMIT, faults)
    reason = read_text(body, REASON, REASON_LIMIT, faults)
    force = _force(body, action, faults)
    if faults:
        raise InvalidRequestError(*faults)
    return Resolution(Action(str(action)), session_id, by, reason, force)


def _force(body: dict[str, Any], action: Any, faults: list[Fault]) -> bool:
    force = body.get(FORCE, False)
    if not isinstance(force, bool):
        faults.append(Fault(FORCE, "InvalidValue", "must be true or false"))
        return False
    if force and action != Action.RESUBMIT:
        faults.append(Fault(FORCE, "InvalidValue", f"is given only with {Action.RESUBMIT}"))
    elif force and body.get(REASON) is None:
        message = "is required with force: what tells you that no robot works for this run?"
        faults.append(Fault(REASON, "MissingField", message))
    return bool(force)


def read_text(body: dict[str, Any], name: str, longest: int, faults: list[Fault]) -> str | None:
    """Read what an operator says, without the blanks around it; what is wrong goes to `faults`."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        must = f"must be a text of 1 to {longest} characters that is not blank"
    elif not value.replace("\n", " ").isprintable():
        must = "must hold printable characters only"
    else:
        return value.strip()
    faults.append(Fault(name, "InvalidValue", must))
    return None

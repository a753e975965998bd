"""The parts of a run as properties of its row: its request, its error, who is told, who decides."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.domain.instants import from_iso_if_readable, to_iso, to_iso_if_known
from shared.domain.request import ConnectionType, RunMode, RunPriority, RunRequest
from shared.domain.run import RunError
from shared.domain.run.decision import CANDIDATES_LIMIT, Candidate, Decision
from shared.domain.run.notification import Notification
from shared.domain.run.waiter import Waiter
from shared.domain.texts import whole
from shared.storage.rows import number_of
from shared.storage.table import Value

TEXT_LIMIT = 10_000
"""How many characters of others' words are kept; a property takes 32 Ki UTF-16 units."""

Properties = dict[str, Value | None]


def from_request(request: RunRequest) -> Properties:
    return {
        "WorkflowId": request.workflow_id,
        "ConnectionName": request.connection_name,
        "ConnectionType": int(request.connection_type),
        "RunMode": request.run_mode.value,
        "RunPriority": request.run_priority.value if request.run_priority else None,
        "Timeout": request.timeout,
        "Retries": request.retries,
        "CorrelationId": request.correlation_id,
        "NotifyUrl": request.notify_url,
    }


def from_error(error: RunError | None) -> Properties:
    if error is None:
        return {}
    return {
        "ErrorCode": cut(error.code),
        "ErrorMessage": cut(error.message),
        "ErrorDetails": cut(error.details),
        "ErrorStatus": error.status,
        "RobotMayHaveStarted": error.robot_may_have_started,
    }


def from_notification(notification: Notification | None) -> Properties:
    if notification is None:
        return {}
    return {
        "NotifyAt": to_iso(notification.due_at),
        "NotifyAttempts": notification.attempts,
        "NotifiedAt": to_iso_if_known(notification.delivered_at),
        "NotifyGivenUpAt": to_iso_if_known(notification.given_up_at),
        "NotifyError": cut(notification.error),
        "NotifyRetriedAt": to_iso_if_known(notification.retried_at),
        "NotifyEarlier": notification.earlier or None,
    }


def from_candidates(candidates: tuple[Candidate, ...]) -> str | None:
    told = [asdict(candidate) for candidate in candidates[:CANDIDATES_LIMIT]]
    return to_json(told) if told else None


def candidates(value: Value | None) -> tuple[Candidate, ...]:
    found: Any = json.loads(str(value or "[]"))
    return tuple(
        Candidate(
            **each
            | {
                "speaks_for": tuple(each["speaks_for"]),
                "speaks_against": tuple(each["speaks_against"]),
            }
        )
        for each in found
    )


def decision(value: Value | None) -> Decision | None:
    return None if value is None else Decision(**json.loads(str(value)))


def from_waiters(waiters: tuple[Waiter, ...]) -> str | None:
    """Write who waits; what is as at first is left out."""
    told = [
        {name: value for name, value in asdict(waiter).items() if value not in (False, None)}
        for waiter in waiters
    ]
    return to_json(told) if told else None


def waiters(value: Value | None) -> tuple[Waiter, ...]:
    return tuple(Waiter(**each) for each in json.loads(str(value or "[]")))


def to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def request(properties: Mapping[str, Value]) -> RunRequest:
    get = properties.get
    timeout, priority = get("Timeout"), get("RunPriority")
    return RunRequest(
        workflow_id=str(get("WorkflowId")),
        connection_name=str(get("ConnectionName")),
        connection_type=ConnectionType(number_of(properties, "ConnectionType")),
        run_mode=RunMode(str(get("RunMode"))),
        run_priority=RunPriority(str(priority)) if priority is not None else None,
        timeout=count(timeout),
        retries=number_of(properties, "Retries"),
        correlation_id=text(get("CorrelationId")),
        notify_url=text(get("NotifyUrl")),
    )


def notification(properties: Mapping[str, Value]) -> Notification | None:
    get = properties.get
    due_at = instant(get("NotifyAt"))
    if due_at is None:
        return None
    return Notification(
        due_at=due_at,
        attempts=number_of(properties, "NotifyAttempts"),
        delivered_at=instant(get("NotifiedAt")),
        given_up_at=instant(get("NotifyGivenUpAt")),
        error=text(get("NotifyError")) or None,
        retried_at=instant(get("NotifyRetriedAt")),
        earlier=number_of(properties, "NotifyEarlier"),
    )


def error(properties: Mapping[str, Value]) -> RunError | None:
    get = properties.get
    if "ErrorCode" not in properties:
        return None
    status, started = get("ErrorStatus"), get("RobotMayHaveStarted")
    return RunError(
        code=str(get("ErrorCode")),
        message=str(get("ErrorMessage") or ""),
        details=text(get("ErrorDetails")),
        status=count(status),
        robot_may_have_started=bool(started) if started is not None else None,
    )


def count(value: Value | None) -> int | None:
    return None if value is None else int(value)


def cut(words: str | None) -> str | None:
    """Fit another's words into a property: not too long, and no halves of surrogate pairs."""
    return None if words is None else whole(words[:TEXT_LIMIT])


def text(value: Value | None) -> str | None:
    return None if value is None else str(value)


def texts(value: Value | None) -> tuple[str, ...]:
    return tuple(str(value).split(",")) if value else ()


def instant(value: Value | None) -> int | None:
    """Read a time; one that cannot be read, as earlier versions wrote some, is not known."""
    return from_iso_if_readable(value)


def instant_or(value: Value | None, otherwise: int) -> int:
    found = from_iso_if_readable(value)
    return otherwise if found is None else found

"""Runs as rows: every value of a run translated to and from the properties of its row."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from shared.domain.identifiers import LANE_ID_LENGTH, TAIL_RANDOM_BYTES, created_at_of, run_id
from shared.domain.instants import from_iso_if_readable, to_iso, to_iso_if_known
from shared.domain.request import ConnectionType, RunMode, RunPriority, RunRequest
from shared.domain.run import Run, RunError, RunStatus, steps
from shared.domain.run.decision import CANDIDATES_LIMIT, Candidate, Decision
from shared.domain.run.notification import Notification
from shared.domain.texts import whole
from shared.storage.rows import Place, number_of
from shared.storage.table import Entity, Value

TEXT_LIMIT = 10_000
"""How many characters of others' words are kept; a property takes 32 Ki UTF-16 units."""


def from_run(run: Run) -> dict[str, Value]:
    """Write a run; what is absent has no property."""
    request, error = run.request, run.error
    properties: dict[str, Value | None] = {
        "WorkflowId": request.workflow_id,
        "ConnectionName": request.connection_name,
        "ConnectionType": int(request.connection_type),
        "RunMode": request.run_mode.value,
        "RunPriority": request.run_priority.value if request.run_priority else None,
        "Timeout": request.timeout,
        "Retries": request.retries,
        "CorrelationId": request.correlation_id,
        "NotifyUrl": request.notify_url,
        "Status": run.status.value,
        "CreatedAt": to_iso(run.created_at),
        "DueAt": to_iso(run.due_at),
        "ChangedAt": to_iso(run.changed_at),
        "Attempts": run.attempts,
        "Claim": run.claim,
        "ClaimedAt": to_iso_if_known(run.claimed_at),
        "SubmittedAt": to_iso_if_known(run.submitted_at),
        "StartedAt": to_iso_if_known(run.started_at),
        "CompletedAt": to_iso_if_known(run.completed_at),
        "FlowSessionId": run.flow_session_id,
        "PastSessions": ",".join(run.past_sessions) or None,
        "DoubleSessions": ",".join(run.double_sessions) or None,
        "WatchAt": to_iso_if_known(run.watch_at),
        "Polls": run.polls,
        "Restarts": run.restarts,
        "CallbackBase": run.callback_base,
        "CallbackKey": run.callback_key,
        "Licence": _cut(run.licence),
        "InputEntities": run.input_entities,
        "OutputEntities": run.output_entities,
        "CancelRequestedAt": to_iso_if_known(run.cancel_requested_at),
        "EndedAt": to_iso_if_known(run.ended_at),
        "PublishedAt": to_iso_if_known(run.published_at),
        "KeyDigest": run.key_digest,
        "Connection": run.connection,
        "Losses": run.losses or None,
        "OverdueAt": to_iso_if_known(run.overdue_at),
        "NeedsOperatorAt": to_iso_if_known(run.needs_operator_at),
        "OperatorToldAt": to_iso_if_known(run.operator_told_at),
        "Candidates": _from_candidates(run.candidates),
        "Decision": None if run.decision is None else _json(asdict(run.decision)),
    }
    if run.notification is not None:
        properties |= _from_notification(run.notification)
    if error is not None:
        properties |= {
            "ErrorCode": _cut(error.code),
            "ErrorMessage": _cut(error.message),
            "ErrorDetails": _cut(error.details),
            "ErrorStatus": error.status,
            "RobotMayHaveStarted": error.robot_may_have_started,
        }
    return {name: value for name, value in properties.items() if value is not None}


def _from_notification(notification: Notification) -> dict[str, Value | None]:
    return {
        "NotifyAt": to_iso(notification.due_at),
        "NotifyAttempts": notification.attempts,
        "NotifiedAt": to_iso_if_known(notification.delivered_at),
        "NotifyGivenUpAt": to_iso_if_known(notification.given_up_at),
        "NotifyError": _cut(notification.error),
    }


def claimed_properties(
    place: Place,
    claim: str,
    *,
    at: int,
    watch_at: int,
    callback_base: str | None = None,
    callback_key: str | None = None,
) -> dict[str, Value]:
    """Write what a claim changes of a run, without having read it: its place says that it waits.

    What is changed is what the step changes of any queued run.
    """
    waiting = replace(_WAITING, due_at=place.due_at, attempts=place.attempts)
    claimed = steps.claim(
        waiting,
        claim,
        at=at,
        watch_at=watch_at,
        callback_base=callback_base,
        callback_key=callback_key,
    )
    before, after = from_run(waiting), from_run(claimed)
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    # A merge leaves what it does not name: the address of an earlier submission has to go.
    return {"CallbackBase": "", "CallbackKey": ""} | changed


def to_run(lane_id: str, entity: Entity) -> Run:
    get = entity.properties.get
    run_id = f"{lane_id}-{entity.row.removeprefix('run:')}"
    created_at = _instant_or(get("CreatedAt"), created_at_of(run_id))
    return Run(
        id=run_id,
        request=_request(entity.properties),
        status=RunStatus(str(get("Status"))),
        created_at=created_at,
        due_at=_instant_or(get("DueAt"), created_at),
        changed_at=_instant_or(get("ChangedAt"), created_at),
        attempts=number_of(entity.properties, "Attempts"),
        claim=_text(get("Claim")),
        claimed_at=_instant(get("ClaimedAt")),
        submitted_at=_instant(get("SubmittedAt")),
        started_at=_instant(get("StartedAt")),
        completed_at=_instant(get("CompletedAt")),
        flow_session_id=_text(get("FlowSessionId")),
        past_sessions=_list(get("PastSessions")),
        double_sessions=_list(get("DoubleSessions")),
        watch_at=_instant(get("WatchAt")),
        polls=number_of(entity.properties, "Polls"),
        restarts=number_of(entity.properties, "Restarts"),
        error=_error(entity.properties),
        callback_base=_text(get("CallbackBase")) or None,
        callback_key=_text(get("CallbackKey")) or None,
        licence=_text(get("Licence")),
        input_entities=number_of(entity.properties, "InputEntities"),
        output_entities=_count(get("OutputEntities")),
        cancel_requested_at=_instant(get("CancelRequestedAt")),
        ended_at=_instant(get("EndedAt")),
        published_at=_instant(get("PublishedAt")),
        notification=_notification(entity.properties),
        key_digest=_text(get("KeyDigest")),
        connection=_text(get("Connection")),
        losses=number_of(entity.properties, "Losses"),
        overdue_at=_instant(get("OverdueAt")),
        needs_operator_at=_instant(get("NeedsOperatorAt")),
        operator_told_at=_instant(get("OperatorToldAt")),
        candidates=_candidates(get("Candidates")),
        decision=_decision(get("Decision")),
    )


def _from_candidates(candidates: tuple[Candidate, ...]) -> str | None:
    told = [asdict(candidate) for candidate in candidates[:CANDIDATES_LIMIT]]
    return _json(told) if told else None


def _candidates(value: Value | None) -> tuple[Candidate, ...]:
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


def _decision(value: Value | None) -> Decision | None:
    return None if value is None else Decision(**json.loads(str(value)))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _request(properties: Mapping[str, Value]) -> RunRequest:
    get = properties.get
    timeout, priority = get("Timeout"), get("RunPriority")
    return RunRequest(
        workflow_id=str(get("WorkflowId")),
        connection_name=str(get("ConnectionName")),
        connection_type=ConnectionType(number_of(properties, "ConnectionType")),
        run_mode=RunMode(str(get("RunMode"))),
        run_priority=RunPriority(str(priority)) if priority is not None else None,
        timeout=_count(timeout),
        retries=number_of(properties, "Retries"),
        correlation_id=_text(get("CorrelationId")),
        notify_url=_text(get("NotifyUrl")),
    )


def _notification(properties: Mapping[str, Value]) -> Notification | None:
    get = properties.get
    due_at = _instant(get("NotifyAt"))
    if due_at is None:
        return None
    return Notification(
        due_at=due_at,
        attempts=number_of(properties, "NotifyAttempts"),
        delivered_at=_instant(get("NotifiedAt")),
        given_up_at=_instant(get("NotifyGivenUpAt")),
        error=_text(get("NotifyError")),
    )


def _error(properties: Mapping[str, Value]) -> RunError | None:
    get = properties.get
    if "ErrorCode" not in properties:
        return None
    status, started = get("ErrorStatus"), get("RobotMayHaveStarted")
    return RunError(
        code=str(get("ErrorCode")),
        message=str(get("ErrorMessage") or ""),
        details=_text(get("ErrorDetails")),
        status=_count(status),
        robot_may_have_started=bool(started) if started is not None else None,
    )


def _count(value: Value | None) -> int | None:
    return None if value is None else int(value)


def _cut(text: str | None) -> str | None:
    """Fit another's words into a property: not too long, and no halves of surrogate pairs."""
    return None if text is None else whole(text[:TEXT_LIMIT])


def _text(value: Value | None) -> str | None:
    return None if value is None else str(value)


def _list(value: Value | None) -> tuple[str, ...]:
    return tuple(str(value).split(",")) if value else ()


def _instant(value: Value | None) -> int | None:
    """Read a time; one that cannot be read, as earlier versions wrote some, is not known."""
    return from_iso_if_readable(value)


def _instant_or(value: Value | None, otherwise: int) -> int:
    found = from_iso_if_readable(value)
    return otherwise if found is None else found


_WAITING = steps.queue(
    run_id("0" * LANE_ID_LENGTH, 0, bytes(TAIL_RANDOM_BYTES)),
    RunRequest("", "", RunMode.UNATTENDED),
    input_entities=0,
)
"""Any queued run: what a claim changes is the same for all of them."""

"""Rows and their keys, translated to and from the domain's values, in this one place.

Row keys of a lane's partition (docs/architecture.md, "Storage"):
`lane` · `run:<tail>` · `due:<sort key>:<tail>` · `watch:<when>:<tail>` · `data:<tail>:in:<n>`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.identifiers import tail_of
from shared.domain.instants import from_iso, to_iso
from shared.domain.lane import Lane
from shared.domain.request import ConnectionType, RunMode, RunPriority, RunRequest
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.window import ClaimedSlots, SubmissionWindow
from shared.storage.table import Entity, Value

LANE_ROW = "lane"
TEXT_LIMIT = 10_000
"""How many characters of Dataverse's own words are kept; a property takes 32 Ki UTF-16 units."""


@dataclass(frozen=True, slots=True)
class DueRow:
    """A place in a lane's backlog: whose, and how many submissions came before."""

    run_id: str
    due_at: int
    attempts: int

    @property
    def row(self) -> str:
        return f"due:{self.due_at:013d}:{tail_of(self.run_id)}"


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A look at a run that is due at `watch_at`."""

    run_id: str
    watch_at: int

    @property
    def row(self) -> str:
        return f"watch:{self.watch_at:013d}:{tail_of(self.run_id)}"


def run_row(run_id: str) -> str:
    return f"run:{tail_of(run_id)}"


def range_of(kind: str) -> tuple[str, str]:
    """Give the bounds of the row keys that begin with `kind` and a colon (`;` follows `:`)."""
    return f"{kind}:", f"{kind};"


def place_of(run: Run) -> DueRow | None:
    """Give the backlog row that stands for a run: there is one exactly while it is queued."""
    return DueRow(run.id, run.due_at, run.attempts) if run.status is RunStatus.QUEUED else None


def watch_properties(run: Run) -> dict[str, Value]:
    """Mark the looks at runs that await an answer, so that those can be found among all."""
    return {"Awaits": True} if run.awaits_answer else {}


def watch_of(run: Run) -> WatchRow | None:
    return WatchRow(run.id, run.watch_at) if run.watch_at is not None else None


def due_from(lane_id: str, entity: Entity) -> DueRow:
    _, due_at, tail = entity.row.split(":")
    return DueRow(f"{lane_id}-{tail}", int(due_at), _number(entity.properties, "Attempts"))


def watch_from(lane_id: str, entity: Entity) -> WatchRow:
    _, watch_at, tail = entity.row.split(":")
    return WatchRow(f"{lane_id}-{tail}", int(watch_at))


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
        "Status": run.status.value,
        "CreatedAt": to_iso(run.created_at),
        "DueAt": to_iso(run.due_at),
        "ChangedAt": to_iso(run.changed_at),
        "Attempts": run.attempts,
        "Claim": run.claim,
        "ClaimedAt": _iso(run.claimed_at),
        "SubmittedAt": _iso(run.submitted_at),
        "StartedAt": _iso(run.started_at),
        "CompletedAt": _iso(run.completed_at),
        "FlowSessionId": run.flow_session_id,
        "PastSessions": ",".join(run.past_sessions) or None,
        "DoubleSessions": ",".join(run.double_sessions) or None,
        "WatchAt": _iso(run.watch_at),
        "Polls": run.polls,
        "Restarts": run.restarts,
        "CallbackBase": run.callback_base,
        "Licence": _cut(run.licence),
        "InputEntities": run.input_entities,
        "OutputEntities": run.output_entities,
        "CancelRequestedAt": _iso(run.cancel_requested_at),
    }
    if error is not None:
        properties |= {
            "ErrorCode": _cut(error.code),
            "ErrorMessage": _cut(error.message),
            "ErrorDetails": _cut(error.details),
            "ErrorStatus": error.status,
            "RobotMayHaveStarted": error.robot_may_have_started,
        }
    return {name: value for name, value in properties.items() if value is not None}


def claimed_properties(
    due: DueRow, claim: str, *, at: int, watch_at: int, callback_base: str | None = None
) -> dict[str, Value]:
    """Write what a claim changes of a run, without having read it: its due row says it waits."""
    return {
        "Status": RunStatus.SUBMITTING.value,
        "Claim": claim,
        "ClaimedAt": to_iso(at),
        "ChangedAt": to_iso(at),
        "Attempts": due.attempts + 1,
        "WatchAt": to_iso(watch_at),
        "CallbackBase": callback_base or "",
    }


def to_run(lane_id: str, entity: Entity) -> Run:
    get = entity.properties.get
    return Run(
        id=f"{lane_id}-{entity.row.removeprefix('run:')}",
        request=_request(entity.properties),
        status=RunStatus(str(get("Status"))),
        created_at=from_iso(str(get("CreatedAt"))),
        due_at=from_iso(str(get("DueAt"))),
        changed_at=from_iso(str(get("ChangedAt"))),
        attempts=_number(entity.properties, "Attempts"),
        claim=_text(get("Claim")),
        claimed_at=_instant(get("ClaimedAt")),
        submitted_at=_instant(get("SubmittedAt")),
        started_at=_instant(get("StartedAt")),
        completed_at=_instant(get("CompletedAt")),
        flow_session_id=_text(get("FlowSessionId")),
        past_sessions=_list(get("PastSessions")),
        double_sessions=_list(get("DoubleSessions")),
        watch_at=_instant(get("WatchAt")),
        polls=_number(entity.properties, "Polls"),
        restarts=_number(entity.properties, "Restarts"),
        error=_error(entity.properties),
        callback_base=_text(get("CallbackBase")) or None,
        licence=_text(get("Licence")),
        input_entities=_number(entity.properties, "InputEntities"),
        output_entities=_count(get("OutputEntities")),
        cancel_requested_at=_instant(get("CancelRequestedAt")),
    )


def from_lane(lane: Lane) -> dict[str, Value]:
    window = lane.window
    slots = {
        "answered": window.answered,
        "claimed": [[held.claim, held.count, held.until] for held in window.claimed],
    }
    return {
        "Environment": lane.environment,
        "Connection": lane.connection,
        "Window": json.dumps(slots, separators=(",", ":")),
        "PausedUntil": to_iso(lane.paused_until),
        "WakeAt": to_iso(lane.wake_at),
        "BackOff": lane.back_off,
        "LastClaim": lane.last_claim,
    }


def to_lane(lane_id: str, entity: Entity) -> Lane:
    properties = entity.properties
    slots: Any = json.loads(str(properties["Window"]))
    return Lane(
        id=lane_id,
        environment=str(properties["Environment"]),
        connection=str(properties["Connection"]),
        window=SubmissionWindow(
            answered=tuple(slots["answered"]),
            claimed=tuple(ClaimedSlots(*held) for held in slots["claimed"]),
        ),
        paused_until=from_iso(str(properties["PausedUntil"])),
        wake_at=from_iso(str(properties["WakeAt"])),
        back_off=_number(properties, "BackOff"),
        last_claim=str(properties["LastClaim"]),
    )


def session_row(session_id: str) -> str:
    """Name the row that says which run a flow session is: no two runs of a lane can own one."""
    return f"session:{session_id}"


def input_row(run_id: str, number: int) -> str:
    return f"data:{tail_of(run_id)}:in:{number:03d}"


def output_row(run_id: str, number: int) -> str:
    return f"data:{tail_of(run_id)}:out:{number:03d}"


def _request(properties: Mapping[str, Value]) -> RunRequest:
    get = properties.get
    timeout, priority = get("Timeout"), get("RunPriority")
    return RunRequest(
        workflow_id=str(get("WorkflowId")),
        connection_name=str(get("ConnectionName")),
        connection_type=ConnectionType(_number(properties, "ConnectionType")),
        run_mode=RunMode(str(get("RunMode"))),
        run_priority=RunPriority(str(priority)) if priority is not None else None,
        timeout=_count(timeout),
        retries=_number(properties, "Retries"),
        correlation_id=_text(get("CorrelationId")),
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


def _number(properties: Mapping[str, Value], name: str) -> int:
    return int(properties.get(name, 0))


def _count(value: Value | None) -> int | None:
    return None if value is None else int(value)


def _cut(text: str | None) -> str | None:
    """Fit another's words into a property: not too long, and no halves of surrogate pairs."""
    return None if text is None else text[:TEXT_LIMIT].encode(errors="replace").decode()


def _text(value: Value | None) -> str | None:
    return None if value is None else str(value)


def _list(value: Value | None) -> tuple[str, ...]:
    return tuple(str(value).split(",")) if value else ()


def _instant(value: Value | None) -> int | None:
    return None if value is None else from_iso(str(value))


def _iso(instant: int | None) -> str | None:
    return None if instant is None else to_iso(instant)

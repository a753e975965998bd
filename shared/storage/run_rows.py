"""Runs as rows: every value of a run translated to and from the properties of its row."""

from dataclasses import asdict, replace
from typing import Any

from shared.domain.identifiers import LANE_ID_LENGTH, TAIL_RANDOM_BYTES, created_at_of, run_id
from shared.domain.instants import to_iso, to_iso_if_known
from shared.domain.pause import NO_PAUSE, Pause
from shared.domain.request import RunMode, RunRequest
from shared.domain.run import Run, RunStatus, history, steps
from shared.storage import run_histories as histories
from shared.storage import run_parts as parts
from shared.storage.rows import Place, number_of
from shared.storage.table import Entity, Value

_TIMES = {
    "ClaimedAt": "claimed_at",
    "SubmittedAt": "submitted_at",
    "StartedAt": "started_at",
    "CompletedAt": "completed_at",
    "WatchAt": "watch_at",
    "CancelRequestedAt": "cancel_requested_at",
    "EndedAt": "ended_at",
    "PublishedAt": "published_at",
    "IndexedAt": "indexed_at",
    "OverdueAt": "overdue_at",
    "NeedsOperatorAt": "needs_operator_at",
    "OperatorToldAt": "operator_told_at",
}
"""The times that a run may have, each by its property and its field."""


def from_run(run: Run) -> dict[str, Value]:
    """Write a run; what is absent has no property."""
    properties: parts.Properties = {
        **parts.from_request(run.request),
        **{name: to_iso_if_known(getattr(run, field)) for name, field in _TIMES.items()},
        "Status": run.status.value,
        "CreatedAt": to_iso(run.created_at),
        "DueAt": to_iso(run.due_at),
        "ChangedAt": to_iso(run.changed_at),
        "Attempts": run.attempts,
        "Claim": run.claim,
        "FlowSessionId": run.flow_session_id,
        "PastSessions": ",".join(run.past_sessions) or None,
        "DoubleSessions": ",".join(run.double_sessions) or None,
        "Polls": run.polls,
        "Restarts": run.restarts,
        "CallbackBase": run.callback_base,
        "CallbackKey": run.callback_key,
        "RefusedBase": run.refused_base,
        "Licence": parts.cut(run.licence),
        "InputEntities": run.input_entities,
        "OutputEntities": run.output_entities,
        "KeyDigest": run.key_digest,
        "Connection": run.connection,
        "TraceParent": run.traceparent,
        "Losses": run.losses or None,
        "Candidates": parts.from_candidates(run.candidates),
        "Decision": None if run.decision is None else parts.to_json(asdict(run.decision)),
        "Waiters": parts.from_waiters(run.waiters),
        "History": histories.from_history(run.history),
        **parts.from_notification(run.notification),
        **parts.from_error(run.error),
    }
    return {name: value for name, value in properties.items() if value is not None}


def claimed_properties(
    place: Place,
    claim: str,
    *,
    at: int,
    watch_at: int,
    callback_base: str | None = None,
    callback_key: str | None = None,
    paused: Pause = NO_PAUSE,
) -> dict[str, Value]:
    """Write what a claim changes of a run, without having read it: its place says that it waits.

    What is changed is what the step changes of any queued run. `paused`: the lane's last pause,
    which the run's history names if it kept the run waiting.
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
    gone = {"CallbackBase": "", "CallbackKey": ""}
    return gone | changed | histories.from_paused(paused, place.due_at)


def to_run(lane_id: str, entity: Entity) -> Run:
    properties, get = entity.properties, entity.properties.get
    run_id = f"{lane_id}-{entity.row.removeprefix('run:')}"
    created_at = parts.instant_or(get("CreatedAt"), created_at_of(run_id))
    times: dict[str, Any] = {field: parts.instant(get(name)) for name, field in _TIMES.items()}
    run = Run(
        id=run_id,
        request=parts.request(properties),
        status=RunStatus(str(get("Status"))),
        created_at=created_at,
        due_at=parts.instant_or(get("DueAt"), created_at),
        changed_at=parts.instant_or(get("ChangedAt"), created_at),
        attempts=number_of(properties, "Attempts"),
        claim=parts.text(get("Claim")),
        flow_session_id=parts.text(get("FlowSessionId")),
        past_sessions=parts.texts(get("PastSessions")),
        double_sessions=parts.texts(get("DoubleSessions")),
        polls=number_of(properties, "Polls"),
        restarts=number_of(properties, "Restarts"),
        error=parts.error(properties),
        callback_base=parts.text(get("CallbackBase")) or None,
        callback_key=parts.text(get("CallbackKey")) or None,
        refused_base=parts.text(get("RefusedBase")),
        licence=parts.text(get("Licence")),
        input_entities=number_of(properties, "InputEntities"),
        output_entities=parts.count(get("OutputEntities")),
        notification=parts.notification(properties),
        key_digest=parts.text(get("KeyDigest")),
        connection=parts.text(get("Connection")),
        traceparent=parts.text(get("TraceParent")),
        losses=number_of(properties, "Losses"),
        candidates=parts.candidates(get("Candidates")),
        decision=parts.decision(get("Decision")),
        waiters=parts.waiters(get("Waiters")),
        history=histories.history(get("History")),
        **times,
    )
    return history.claimed(run, histories.paused(properties))


_WAITING = steps.queue(
    run_id("0" * LANE_ID_LENGTH, 0, bytes(TAIL_RANDOM_BYTES)),
    RunRequest("", "", RunMode.UNATTENDED),
    input_entities=0,
)
"""Any queued run: what a claim changes is the same for all of them."""

"""The events of a run, word for word: its end, and that an operator has to decide.

The end is told to a queue and to receivers, the other to the queue alone.
The form (`type`, `timestamp`, `data`) is the one that Standard Webhooks recommends. It holds no
inputs and no outputs, and fits into a queue message.
"""

import json

from shared.domain.instants import to_iso_if_known
from shared.domain.run import Run, RunError, RunStatus

CODE_LIMIT, MESSAGE_LIMIT = 200, 2_000
"""How much of an error is told, in characters: a queue message takes 48 KiB."""

NEEDS_OPERATOR = "run.needs_operator"
_TYPES = {
    RunStatus.SUCCEEDED: "run.succeeded",
    RunStatus.FAILED: "run.failed",
    RunStatus.CANCELLED: "run.cancelled",
    RunStatus.TIMED_OUT: "run.timed_out",
}


def event_id(run_id: str) -> str:
    """Name a run's completion event: a run ends once, so a repeat has the same name.

    No full stop is in it, which Standard Webhooks forbids in ids.
    """
    return f"evt_{run_id}"


def event_text(run: Run) -> str:
    """Write the event of a final run as JSON; the same text however often it is asked for."""
    return _text(run, event_id(run.id), _TYPES[run.status], run.ended_at)


def needs_operator_text(run: Run) -> str:
    """Write the event of a run that needs an operator as JSON; each time it needs one is another.

    It is not told to the receiver that the request names: that one waits for the end.
    """
    since = run.needs_operator_at or 0
    return _text(run, f"{event_id(run.id)}_operator_{since}", NEEDS_OPERATOR, since)


def _text(run: Run, name: str, kind: str, at: int | None) -> str:
    request = run.request
    event = {
        "id": name,
        "type": kind,
        "timestamp": to_iso_if_known(at),
        "data": {
            "runId": run.id,
            "status": run.status.value,
            "workflowId": request.workflow_id,
            "connectionName": request.connection_name,
            "connection": run.known_connection,
            "correlationId": request.correlation_id,
            "flowSessionId": run.flow_session_id,
            "attempts": run.attempts,
            "createdAt": to_iso_if_known(run.created_at),
            "submittedAt": to_iso_if_known(run.submitted_at),
            "startedAt": to_iso_if_known(run.started_at),
            "completedAt": to_iso_if_known(run.completed_at),
            "error": _error(run.error) if run.error else None,
            "traceparent": run.trace.text,
        },
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _error(error: RunError) -> dict[str, str | bool | None]:
    return {
        "code": error.code[:CODE_LIMIT],
        "message": error.message[:MESSAGE_LIMIT],
        "robotMayHaveStarted": error.robot_may_have_started,
    }

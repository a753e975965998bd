"""What callers see: runs and errors as JSON, camelCase, times in UTC ISO 8601."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import azure.functions as func

from shared.domain.advice import advice
from shared.domain.codes import Code
from shared.domain.codes.answers import RUN_NOT_FOUND
from shared.domain.destinations import told_address
from shared.domain.faults import Fault
from shared.domain.instants import to_iso, to_iso_if_known
from shared.domain.run import Run, RunError
from shared.domain.run.decision import Candidate, Decision
from shared.domain.run.history import life_of
from shared.domain.run.notification import Notification
from shared.domain.run.stretch import Stretch
from shared.domain.run.waiter import WaitStatus
from shared.domain.run.waiting import Waiting
from shared.domain.strict_json import compact
from shared.services.reading.lane_views import Outlook

if TYPE_CHECKING:
    from shared.services.reading.engines import WaitingEngine

Json = dict[str, Any]

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def json_response(
    status: int, body: Json, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Answer with a JSON object, which no cache keeps."""
    return text_response(status, json_text(body), headers)


def json_text(body: Json) -> str:
    """Write a JSON object as answers hold it."""
    return json.dumps(body, separators=(",", ":"))


def exact_response(body: Json) -> func.HttpResponse:
    """Answer with a JSON object whose numbers keep their digits (domain/amounts.py)."""
    return text_response(200, compact(body))


def outputs_response(run: Run, outputs: str | None) -> func.HttpResponse:
    """Answer with a run's outputs, as the JSON text they are: its numbers keep their digits."""
    known = json_text({"runId": run.id, "status": run.status.value})
    return text_response(200, f'{known[:-1]},"outputs":{outputs or "null"}}}')


def text_response(
    status: int, text: str, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Answer with the text of a JSON object, or without one."""
    return func.HttpResponse(
        text,
        status_code=status,
        mimetype="application/json",
        headers=_HEADERS | dict(headers or {}),
    )


def error_response(
    code: Code,
    message: str,
    *,
    inner: Json | None = None,
    headers: Mapping[str, str] | None = None,
) -> func.HttpResponse:
    """Answer with the one shape of errors, and the code's status."""
    error = error_json(code, message, inner=inner)
    return json_response(code.status or 500, {"error": error}, headers)


def error_json(
    code: Code, message: str, *, faults: Iterable[Fault] = (), inner: Json | None = None
) -> Json:
    """Render an error; each fault is a detail. `inner`: what it came of, Dataverse's or a run's."""
    details = [fault.told for fault in faults]
    error: Json = {"code": code.name, "message": message}
    if details:
        error |= {"target": details[0]["target"], "details": details}
    if inner is not None:
        error["innererror"] = inner
    return error


def no_run() -> func.HttpResponse:
    return error_response(RUN_NOT_FOUND, "There is no run of this id.")


def again_in(seconds: int | None) -> dict[str, str]:
    """Give the header that tells when to look again; none where there is nothing more to see."""
    return {} if seconds is None else {"Retry-After": str(seconds)}


def run_json(run: Run) -> Json:
    """Render a run; what is not known yet is null."""
    request = run.request
    return {
        "runId": run.id,
        "status": run.status.value,
        "workflowId": request.workflow_id,
        "connectionName": request.connection_name,
        "connection": run.known_connection,
        "connectionType": int(request.connection_type),
        "runMode": request.run_mode.value,
        "runPriority": request.run_priority.value if request.run_priority else None,
        "timeout": request.timeout,
        "retries": request.retries,
        "correlationId": request.correlation_id,
        "notifyUrl": None if request.notify_url is None else told_address(request.notify_url),
        "createdAt": to_iso(run.created_at),
        "changedAt": to_iso(run.changed_at),
        "submittedAt": to_iso_if_known(run.submitted_at),
        "startedAt": to_iso_if_known(run.started_at),
        "completedAt": to_iso_if_known(run.completed_at),
        "endedAt": to_iso_if_known(run.ended_at),
        "cancelRequestedAt": to_iso_if_known(run.cancel_requested_at),
        "attempts": run.attempts,
        "flowSessionId": run.flow_session_id,
        "pastFlowSessionIds": list(run.past_sessions),
        "doubleFlowSessionIds": [
            each for each in run.double_sessions if each != run.flow_session_id
        ],
        "licenceWarning": run.licence,
        "error": _error_json(run.error, ended=run.final) if run.error else None,
        "needsOperator": run.needs_operator_at is not None,
        "needsOperatorSince": to_iso_if_known(run.needs_operator_at),
        "overdueSince": to_iso_if_known(run.overdue_at),
        "candidates": [candidate_json(each) for each in run.candidates],
        "decision": _decision_json(run.decision) if run.decision else None,
        "notification": _notification_json(run.notification) if run.notification else None,
    }


def history_json(run: Run) -> Json:
    """Render a run's life so far, the oldest first; its last stretch goes on: `to` is null."""
    return {"history": [_stretch_json(each) for each in life_of(run)]}


def _stretch_json(stretch: Stretch) -> Json:
    why = stretch.reason
    return {
        "status": stretch.status.value,
        "from": to_iso(stretch.since),
        "to": to_iso_if_known(stretch.until),
        "reason": None if why is None else {"code": why.code, "message": why.message},
    }


def outlook_json(outlook: Outlook) -> Json:
    """Render what a run waits for, and a queued one's place; of any other run that is null."""
    expected, waiting = outlook.expectation, outlook.waiting
    return {
        "place": expected.place.number if expected else None,
        "placeIsExact": expected.place.exact if expected else None,
        "expectedSubmissionAt": to_iso_if_known(expected.submission_at if expected else None),
        "waitingFor": _waiting_json(waiting) if waiting else None,
    }


def _waiting_json(waiting: Waiting) -> Json:
    return {
        "code": waiting.code,
        "message": waiting.message,
        "until": to_iso_if_known(waiting.until),
        "advice": advice(waiting.code, robot_may_have_started=None, ended=False),
    }


def candidate_json(candidate: Candidate) -> Json:
    """Render a flow session that may be the run's, with what was found of it."""
    return {
        "flowSessionId": candidate.session_id,
        "createdAt": to_iso_if_known(candidate.created_at),
        "statuscode": candidate.statuscode,
        "speaksFor": list(candidate.speaks_for),
        "speaksAgainst": list(candidate.speaks_against),
    }


def _decision_json(decision: Decision) -> Json:
    return {
        "action": decision.action,
        "at": to_iso(decision.at),
        "by": decision.by,
        "reason": decision.reason,
        "flowSessionId": decision.session_id,
        "forced": decision.forced,
    }


def _notification_json(notification: Notification) -> Json:
    """Render what became of telling the receiver: Pending, Delivered or GivenUp."""
    ended = "GivenUp" if notification.given_up_at is not None else "Delivered"
    status = "Pending" if notification.pending else ended
    return {"status": status} | _telling_json(notification, pending=notification.pending)


def waiters_json(engines: Iterable["WaitingEngine"]) -> Json:
    """Render who waits for a run's end: of an address its host alone."""
    return {
        "waiters": [
            {"host": each.host, "status": each.status.value}
            | _telling_json(each.telling, pending=each.status is WaitStatus.PENDING)
            for each in engines
        ]
    }


def _telling_json(notification: Notification, *, pending: bool) -> Json:
    return {
        "attempts": notification.attempts,
        "nextAttemptAt": to_iso_if_known(notification.due_at if pending else None),
        "deliveredAt": to_iso_if_known(notification.delivered_at),
        "givenUpAt": to_iso_if_known(notification.given_up_at),
        "retriedAt": to_iso_if_known(notification.retried_at),
        "error": notification.error,
    }


def _error_json(error: RunError, *, ended: bool) -> Json:
    started = error.robot_may_have_started
    rendered: Json = {
        "code": error.code,
        "message": error.message,
        "robotMayHaveStarted": started,
        "advice": advice(error.code, robot_may_have_started=started, ended=ended),
    }
    if error.status is not None or error.details is not None:
        rendered["innererror"] = {"httpStatus": error.status, "details": error.details}
    return rendered

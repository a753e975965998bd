"""The ends of runs, as engines are told them: the run with its outputs, or what went wrong."""

import json

import azure.functions as func

from shared.domain.codes.engines import RUN_CANCELLED, RUN_FAILED, RUN_TIMED_OUT
from shared.domain.run import RunStatus
from shared.services.reading.ending import Ending
from shared.triggers.rendering import (
    Json,
    error_json,
    json_response,
    json_text,
    run_json,
    text_response,
)

FAILURES = {
    RunStatus.FAILED: (RUN_FAILED, "The run has failed"),
    RunStatus.CANCELLED: (RUN_CANCELLED, "The run was cancelled"),
    RunStatus.TIMED_OUT: (RUN_TIMED_OUT, "The run has timed out"),
}


def ending_text(ending: Ending) -> str:
    """Write a run that has ended, with its outputs as the JSON text that they are.

    `outputsError`: why a run that succeeded is told without its outputs; null where it is not.
    """
    run, problem = json_text(run_json(ending.run)), ending.problem
    error = None if problem is None else {"code": problem.code.name, "message": str(problem)}
    return f'{run[:-1]},"outputs":{ending.outputs or "null"},"outputsError":{json.dumps(error)}}}'


def ending_response(ending: Ending) -> func.HttpResponse:
    """Answer with a run that succeeded; with an error where it did not, so that a flow fails."""
    failure = FAILURES.get(ending.run.status)
    if failure is None:
        return text_response(200, ending_text(ending))
    code, said = failure
    run: Json = run_json(ending.run)
    error = run["error"]
    message = f"{said}: {error['message']}" if error else f"{said}."
    inner = {"runId": run["runId"], "status": run["status"], **(error or {})}
    return json_response(code.status or 500, {"error": error_json(code, message, inner=inner)})

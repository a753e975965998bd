"""HTTP: a run as a long-running operation, in the words that pollers of Azure's SDKs know."""

import azure.functions as func

from shared.domain.instants import to_iso
from shared.domain.run import Run, RunStatus
from shared.triggers.addresses import Addresses
from shared.triggers.edge import answering
from shared.triggers.provider import Provider
from shared.triggers.rendering import Json, again_in, json_response, no_run

_STATUSES = {
    RunStatus.QUEUED: "NotStarted",
    RunStatus.SUCCEEDED: "Succeeded",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Canceled",
    RunStatus.TIMED_OUT: "Failed",
}
"""In their words; whatever is not among them goes on."""


def blueprint(services: Provider, addresses: Addresses) -> func.Blueprint:
    """Register `GET operations/{runId}`, which `Operation-Location` of a start leads to."""
    functions = func.Blueprint()

    @functions.function_name("get_operation")
    @functions.route("operations/{runId}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def get_operation(req: func.HttpRequest) -> func.HttpResponse:
        run = services().read(req.route_params["runId"])
        if run is None:
            return no_run()
        outlook = services().lanes.outlook(run)
        body = operation_json(run, addresses.link(req, f"runs/{run.id}"))
        return json_response(200, body, again_in(outlook.look_again_in))

    return functions


def operation_json(run: Run, run_address: str) -> Json:
    """Render a run as an operation; `resourceLocation`: where the run is, once it succeeded.

    A poller takes an operation that is "Failed" or "Canceled" for an error, and tells `error`.
    Which words and members it looks for: azure-core, polling/base_polling.py; Microsoft's REST
    API guidelines, "Long-running operations".
    """
    status = _STATUSES.get(run.status, "Running")
    body: Json = {"id": run.id, "status": status, "createdDateTime": to_iso(run.created_at)}
    if status == "Succeeded":
        body["resourceLocation"] = run_address
    elif status == "Failed":
        error = run.error
        body["error"] = {
            "code": error.code if error else run.status.value,
            "message": error.message if error else "The run has ended without success.",
        }
    return body

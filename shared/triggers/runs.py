"""HTTP: start a run, read its outputs, cancel one, resolve one; and what else is below `runs`."""

from dataclasses import replace

import azure.functions as func

from shared.domain.caller_ids import caller_ids
from shared.domain.keyed import validate_with
from shared.domain.queries import GET_OUTPUTS
from shared.domain.request import StartRequest
from shared.domain.resolution import validate_resolution
from shared.domain.strict_json import parse
from shared.services.reading.watch import Reads
from shared.triggers import batches, listing, watching
from shared.triggers.addresses import Addresses
from shared.triggers.bodies import body_of
from shared.triggers.edge import answering
from shared.triggers.keys import KEY_HEADER, key_faults
from shared.triggers.provider import Provider
from shared.triggers.reads import ReadingThreads
from shared.triggers.rendering import (
    again_in,
    json_response,
    no_run,
    outputs_response,
    run_json,
)


def blueprint(
    services: Provider, addresses: Addresses, reads: Reads | None = None
) -> func.Blueprint:
    """Register the functions below `runs`; `reads`: where async ones do what blocks."""
    functions = func.Blueprint()
    _start(functions, services, addresses)
    batches.register(functions, services)
    listing.register(functions, services, addresses)
    watching.register(functions, services, reads or ReadingThreads())
    _outputs(functions, services)
    _decide(functions, services)
    return functions


def _start(functions: func.Blueprint, services: Provider, addresses: Addresses) -> None:
    @functions.function_name("start_run")
    @functions.route("runs", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def start_run(req: func.HttpRequest) -> func.HttpResponse:
        key = req.headers.get(KEY_HEADER)
        started = services().start(_request(req, key), key)
        run = started.run
        monitor = {"Operation-Location": addresses.link(req, f"operations/{run.id}")}
        monitor |= again_in(services().lanes.look_again_in(run))
        return json_response(202 if started.new else 200, run_json(run), monitor)


def _outputs(functions: func.Blueprint, services: Provider) -> None:
    @functions.function_name("get_outputs")
    @functions.route("runs/{runId}/outputs", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def get_outputs(req: func.HttpRequest) -> func.HttpResponse:
        read = GET_OUTPUTS.read(req.params, listing.written(req))
        read.check()
        found = services().read_outputs(req.route_params["runId"], read["workflowId"])
        if found is None:
            return no_run()
        return outputs_response(found.run, found.text)


def _decide(functions: func.Blueprint, services: Provider) -> None:
    @functions.function_name("cancel_run")
    @functions.route("runs/{runId}/cancel", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def cancel_run(req: func.HttpRequest) -> func.HttpResponse:
        run = services().cancel(req.route_params["runId"])
        if run is None:
            return no_run()
        again = again_in(services().lanes.look_again_in(run))
        return json_response(202, run_json(run), again)

    @functions.function_name("resolve_run")
    @functions.route("runs/{runId}/resolve", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def resolve_run(req: func.HttpRequest) -> func.HttpResponse:
        resolution = validate_resolution(parse(body_of(req)))
        run = services().resolve(req.route_params["runId"], resolution)
        return no_run() if run is None else json_response(200, run_json(run))

    @functions.function_name("retry_notification")
    @functions.route(
        "runs/{runId}/notification/retry", methods=["POST"], auth_level=func.AuthLevel.FUNCTION
    )
    @answering
    def retry_notification(req: func.HttpRequest) -> func.HttpResponse:
        run = services().tell_again(req.route_params["runId"])
        return no_run() if run is None else json_response(202, run_json(run))


def _request(req: func.HttpRequest, key: str | None) -> StartRequest:
    """Read a start; what is wrong with its key is told with what is wrong with its body."""
    request = validate_with(parse(body_of(req)), *key_faults(key))
    return replace(request, caller=caller_ids(req.headers))

"""HTTP: start a run and wait for its end, for engines: told by a POST, or asked for by polling.

The addresses that engines are answered with authenticate themselves, since an engine may come to
them without the key of its connection.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import azure.functions as func

from shared.domain.caller_ids import caller_ids
from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.faults import InvalidRequestError
from shared.domain.locations import LocationKind, LocationSigner
from shared.domain.request import validate
from shared.domain.run import Run
from shared.domain.strict_json import parse
from shared.domain.wait_request import validate_wait
from shared.telemetry import event
from shared.triggers.addresses import Addresses
from shared.triggers.bodies import body_of
from shared.triggers.edge import answering
from shared.triggers.ends import ending_response
from shared.triggers.keys import KEY_HEADER, key_faults
from shared.triggers.provider import Provider
from shared.triggers.rendering import (
    Json,
    again_in,
    json_response,
    no_run,
    run_json,
)
from shared.triggers.signed import ROUTE, no_such_address, nothing_left, signed_name

POLL_LEAST_SECONDS = 10
"""Engines share a few hundred calls a minute among all flows of a connection."""

Request = TypeVar("Request")


def blueprint(services: Provider, addresses: Addresses, signer: LocationSigner) -> func.Blueprint:
    """Register the functions below `waits` and `polls`.

    The signer stands beside the services because it needs none of them: an address that was made up
    must not make a new instance put them together.
    """
    functions = func.Blueprint()
    _waits(functions, services, addresses, signer)
    _polls(functions, services, addresses, signer)
    return functions


def _waits(
    functions: func.Blueprint, services: Provider, addresses: Addresses, signer: LocationSigner
) -> None:
    @functions.function_name("start_and_wait")
    @functions.route("waits", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def start_and_wait(req: func.HttpRequest) -> func.HttpResponse:
        key, request = _keyed(req, validate_wait)
        start = replace(request.start, caller=caller_ids(req.headers))
        awaited = services().start_and_wait(replace(request, start=start), key)
        location = addresses.link(req, signer.path(LocationKind.WAIT, awaited.name))
        return json_response(201, run_json(awaited.run), {"Location": location})

    @functions.function_name("leave_wait")
    @functions.route(
        f"{LocationKind.WAIT}/{ROUTE}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS
    )
    @answering
    def leave_wait(req: func.HttpRequest) -> func.HttpResponse:
        name = signed_name(req, signer, LocationKind.WAIT)
        if name is None:
            return no_such_address()
        services().leave_wait(name)
        return nothing_left()


def _polls(
    functions: func.Blueprint, services: Provider, addresses: Addresses, signer: LocationSigner
) -> None:
    def goes_on(req: func.HttpRequest, run_id: str, body: Json, seconds: int) -> func.HttpResponse:
        location = addresses.link(req, signer.path(LocationKind.POLL, run_id))
        again = again_in(max(POLL_LEAST_SECONDS, seconds))
        return json_response(202, body, {"Location": location} | again)

    def as_it_is(req: func.HttpRequest, run_id: str) -> func.HttpResponse:
        found = services().read_ending(run_id)
        if isinstance(found, Run):
            again = services().lanes.outlook(found).look_again_in
            return goes_on(req, run_id, run_json(found), again or 0)
        return no_run() if found is None else ending_response(found)

    @functions.function_name("start_and_poll")
    @functions.route("polls", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def start_and_poll(req: func.HttpRequest) -> func.HttpResponse:
        key, request = _keyed(req, validate)
        run = services().start(replace(request, caller=caller_ids(req.headers)), key).run
        return goes_on(req, run.id, run_json(run), services().lanes.look_again_in(run) or 0)

    @functions.function_name("poll_run")
    @functions.route(
        f"{LocationKind.POLL}/{ROUTE}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS
    )
    @answering
    def poll_run(req: func.HttpRequest) -> func.HttpResponse:
        run_id = signed_name(req, signer, LocationKind.POLL)
        if run_id is None:
            return no_such_address()
        try:
            return as_it_is(req, run_id)
        except BrokerError as error:
            if error.code is not UNAVAILABLE:
                raise
            # An error is the end for an engine: it would fail a flow whose robot works.
            event("poll.unanswered", level=logging.WARNING, run_id=run_id, reason=str(error))
            return goes_on(req, run_id, {"runId": run_id}, 0)


def _keyed(req: func.HttpRequest, read: Callable[[Any], Request]) -> tuple[str, Request]:
    """Read a start and its key, which engines need: they repeat a call whose answer was lost."""
    key = req.headers.get(KEY_HEADER)
    needed = "is required: engines repeat a call whose answer was lost"
    faults = key_faults(key, needed=needed)
    try:
        request = read(parse(body_of(req)))
    except InvalidRequestError as error:
        raise InvalidRequestError(*faults, *error.faults) from None
    if key is None or faults:
        raise InvalidRequestError(*faults)
    return key, request

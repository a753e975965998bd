"""HTTP: start a run and wait for its end, for engines: told by a POST, or asked for by polling.

The addresses that engines are answered with authenticate themselves, since an engine may come to
them without the key of its connection.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import azure.functions as func

from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.faults import InvalidRequestError
from shared.domain.locations import LocationKind, LocationSigner
from shared.domain.request import validate
from shared.domain.run import Run
from shared.domain.strict_json import parse
from shared.domain.wait_request import validate_wait
from shared.services.reading.ending import Ending
from shared.telemetry import event
from shared.triggers.addresses import Addresses
from shared.triggers.bodies import body_of
from shared.triggers.edge import answering
from shared.triggers.ends import ending_response
from shared.triggers.keys import KEY_HEADER, key_faults
from shared.triggers.provider import Provider, Services
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
        awaited = services().start_and_wait(request, key)
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

    @functions.function_name("start_and_poll")
    @functions.route("polls", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def start_and_poll(req: func.HttpRequest) -> func.HttpResponse:
        key, request = _keyed(req, validate)
        run = services().start(request, key).run
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
        match _found(services(), run_id):
            case Ending() as ending:
                return ending_response(ending)
            case Run() as run, again:
                return goes_on(req, run_id, run_json(run), again)
            case NotNow():
                return goes_on(req, run_id, {"runId": run_id}, 0)
            case _:
                return no_run()


class NotNow:
    """What a poll is answered with cannot be read now."""


def _found(services: Services, run_id: str) -> Ending | tuple[Run, int] | NotNow | None:
    """Read what a poll is answered with: a run that goes on with when to look at it again (s).

    For an engine an error is the end: one that passes would fail a flow whose robot works.
    """
    try:
        found = services.read_ending(run_id)
        if isinstance(found, Run):
            return found, services.lanes.outlook(found).look_again_in or 0
    except BrokerError as error:
        if error.code is not UNAVAILABLE:
            raise
        event("poll.unanswered", level=logging.WARNING, run_id=run_id, reason=str(error))
        return NotNow()
    return found


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

"""HTTP: subscribe to the ends of runs, unsubscribe, and see who is subscribed."""

import asyncio
from collections.abc import Awaitable, Callable

import azure.functions as func

from shared.domain.destinations import told_address
from shared.domain.instants import to_iso, to_iso_if_known
from shared.domain.locations import LocationKind, LocationSigner
from shared.domain.strict_json import parse
from shared.domain.subscription import Subscription, validate_subscription
from shared.triggers.access import Access, access_of
from shared.triggers.addresses import Addresses
from shared.triggers.bodies import body_of
from shared.triggers.edge import answering, answering_later
from shared.triggers.provider import Provider
from shared.triggers.reads import ReadingThreads
from shared.triggers.rendering import Json, json_response
from shared.triggers.signed import ROUTE, no_such_address, nothing_left, signed_name

THREADS = 2
"""How many subscriptions are written at a time."""

_Location = Callable[[func.HttpRequest, Subscription], str]
"""Gives the address of a subscription, which authenticates itself."""


def blueprint(
    services: Provider,
    addresses: Addresses,
    signer: LocationSigner,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> func.Blueprint:
    """Register the functions below `subscriptions`; the signer needs no services, as for waits."""
    functions = func.Blueprint()

    def location(req: func.HttpRequest, subscription: Subscription) -> str:
        return addresses.link(req, signer.path(LocationKind.SUBSCRIPTION, subscription.name))

    _subscribe(functions, services, location, sleep)
    _list(functions, services, location)
    _unsubscribe(functions, services, signer)
    return functions


def _subscribe(
    functions: func.Blueprint,
    services: Provider,
    location: _Location,
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    threads = ReadingThreads(THREADS)

    @functions.function_name("subscribe")
    @functions.route("subscriptions", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering_later
    async def subscribe(req: func.HttpRequest) -> func.HttpResponse:
        """Answer when every end is told to it, and hold no thread until then."""
        request = validate_subscription(parse(body_of(req)))
        subscription, seconds = await threads(lambda: services().subscribe.keep(request))
        await sleep(seconds)
        at = location(req, subscription)
        return json_response(201, subscription_json(subscription, at), {"Location": at})


def _list(functions: func.Blueprint, services: Provider, location: _Location) -> None:
    @functions.function_name("list_subscriptions")
    @functions.route("subscriptions", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_subscriptions(req: func.HttpRequest) -> func.HttpResponse:
        reads_only = access_of(req) is Access.READ_ONLY
        value = [
            subscription_json(each, None if reads_only else location(req, each))
            for each in services().subscriptions()
        ]
        return json_response(200, {"value": value})


def _unsubscribe(functions: func.Blueprint, services: Provider, signer: LocationSigner) -> None:
    @functions.function_name("unsubscribe")
    @functions.route(
        f"{LocationKind.SUBSCRIPTION}/{ROUTE}",
        methods=["DELETE"],
        auth_level=func.AuthLevel.ANONYMOUS,
    )
    @answering
    def unsubscribe(req: func.HttpRequest) -> func.HttpResponse:
        name = signed_name(req, signer, LocationKind.SUBSCRIPTION)
        if name is None:
            return no_such_address()
        services().unsubscribe(name)
        return nothing_left()


def subscription_json(subscription: Subscription, location: str | None) -> Json:
    """Render a subscription; its address without the query, which holds its receiver's secret.

    `location`: where it can be ended without a key; None for whoever may only read.
    """
    request = subscription.request
    return {
        "subscriptionId": subscription.id,
        "notificationUrl": told_address(request.url),
        "workflowId": request.workflow_id,
        "connectionName": request.connection_name,
        "status": [status.value for status in request.statuses],
        "createdAt": to_iso(subscription.created_at),
        "lastSuccessAt": to_iso_if_known(subscription.last_success_at),
        "lastFailureAt": to_iso_if_known(subscription.last_failure_at),
        "failingSince": to_iso_if_known(subscription.failing_since),
        "error": subscription.error,
        "location": location,
    }

"""Addresses that authenticate themselves: what they name, and what is answered where none is."""

import azure.functions as func

from shared.domain.codes.answers import NOT_FOUND
from shared.domain.locations import LocationKind, LocationSigner
from shared.triggers.rendering import error_response

ROUTE = "{id}/{signature}"
"""How the path of such an address ends."""


def signed_name(req: func.HttpRequest, signer: LocationSigner, kind: LocationKind) -> str | None:
    """Give what an address of this kind leads to; None where the app never gave it out."""
    name, signature = req.route_params["id"], req.route_params["signature"]
    return name if signer.accepts(kind, name, signature) else None


def no_such_address() -> func.HttpResponse:
    """Answer alike for what was never signed and for what is gone: a guess learns nothing."""
    return error_response(NOT_FOUND, "There is nothing at this address.")


def nothing_left() -> func.HttpResponse:
    """Answer that nobody waits or listens at an address, however often somebody says so."""
    return func.HttpResponse(status_code=204, headers={"Cache-Control": "no-store"})

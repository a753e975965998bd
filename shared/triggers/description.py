"""HTTP: the API's description, for anybody: it holds nothing of what is run here."""

import hashlib
import importlib
from functools import lru_cache

import azure.functions as func

from shared.triggers.addresses import Addresses
from shared.triggers.edge import answering
from shared.triggers.tags import if_none_match

# Whoever asks by another address is told another one: nobody else is to keep the answer for him.
_CACHED = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}


def blueprint(addresses: Addresses) -> func.Blueprint:
    """Register `GET openapi.json`."""
    functions = func.Blueprint()

    @functions.function_name("openapi")
    @functions.route("openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    def openapi(req: func.HttpRequest) -> func.HttpResponse:
        text, tag = _described(addresses.link(req, "").rstrip("/"))
        headers = _CACHED | {"ETag": tag}
        if tag.strip('"') in if_none_match(req.headers.get("If-None-Match")).opaques:
            return func.HttpResponse(status_code=304, headers=headers)
        return func.HttpResponse(text, mimetype="application/json", headers=headers)

    return functions


@lru_cache(maxsize=8)
def _described(base: str) -> tuple[bytes, str]:
    """Render it when it is asked for: no start of the app pays for it."""
    text: bytes = importlib.import_module("shared.api.openapi").rendered(base)
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'

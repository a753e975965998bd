"""HTTP: the API's description, for anybody: it holds nothing of what is run here."""

import hashlib
import importlib
from functools import lru_cache
from urllib.parse import urlsplit

import azure.functions as func

from shared.triggers.edge import answering

_CACHED = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


def blueprint() -> func.Blueprint:
    """Register `GET openapi.json`."""
    functions = func.Blueprint()

    @functions.function_name("openapi")
    @functions.route("openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    def openapi(req: func.HttpRequest) -> func.HttpResponse:
        url = urlsplit(req.url)
        base = url.path.rpartition("/")[0]
        text, tag = _described(f"{url.scheme}://{url.netloc}{base}")
        headers = _CACHED | {"ETag": tag}
        if tag in req.headers.get("If-None-Match", ""):
            return func.HttpResponse(status_code=304, headers=headers)
        return func.HttpResponse(text, mimetype="application/json", headers=headers)

    return functions


@lru_cache(maxsize=8)
def _described(base: str) -> tuple[bytes, str]:
    """Render it when it is asked for: no start of the app pays for it."""
    text: bytes = importlib.import_module("shared.api.openapi").rendered(base)
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'

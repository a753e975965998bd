"""HTTP: the operators' console, for anybody: its files hold nothing of what is run here.

The page asks for a key, and calls the API with it as everybody else does.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import azure.functions as func

from shared.triggers.edge import answering
from shared.triggers.tags import if_none_match

FOLDER = Path(__file__).resolve().parents[1] / "console"
SHELL = "index.html"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""What is served, and as what: a file of another kind is none of the page's."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)
"""Nothing is loaded from elsewhere, sent elsewhere, or run that does not stand in a file here."""

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_READ = ["GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class ConsoleFile:
    """A file as it is served; `tag` is its entity tag, in quotes."""

    body: bytes
    media_type: str
    tag: str


def blueprint() -> func.Blueprint:
    """Register `GET console`, which is the page, and `GET console/{file}`."""
    functions = func.Blueprint()

    @functions.function_name("console")
    @functions.route("console", methods=_READ, auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    def console(req: func.HttpRequest) -> func.HttpResponse:
        if req.url.partition("?")[0].endswith("/"):  # what the page loads stands beside its name
            return func.HttpResponse(status_code=308, headers=HEADERS | {"Location": "../console"})
        return _answer(req, SHELL)

    @functions.function_name("console_file")
    @functions.route("console/{file}", methods=_READ, auth_level=func.AuthLevel.ANONYMOUS)
    @answering
    def console_file(req: func.HttpRequest) -> func.HttpResponse:
        return _answer(req, req.route_params["file"])

    return functions


@lru_cache(maxsize=1)
def files() -> Mapping[str, ConsoleFile]:
    """Read the page's files when the first is asked for: no start of the app pays for them.

    A name that somebody asks for is looked up here, and never made a path of.
    """
    return {
        path.name: _read(path, TYPES[path.suffix])
        for path in sorted(FOLDER.iterdir())
        if path.suffix in TYPES
    }


def _read(path: Path, media_type: str) -> ConsoleFile:
    body = path.read_bytes()
    return ConsoleFile(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _answer(req: func.HttpRequest, name: str) -> func.HttpResponse:
    """Answer HEAD as GET: the server leaves the body out."""
    found = files().get(name)
    if found is None:
        return func.HttpResponse(
            "There is no such file.", status_code=404, mimetype="text/plain", headers=HEADERS
        )
    headers = HEADERS | {"ETag": found.tag}
    condition = if_none_match(req.headers.get("If-None-Match"))
    if condition.any_at_all or found.tag.strip('"') in condition.opaques:
        return func.HttpResponse(status_code=304, headers=headers)
    return func.HttpResponse(
        found.body, mimetype=found.media_type, charset="utf-8", headers=headers
    )

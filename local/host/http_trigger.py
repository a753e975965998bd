"""The web side of the host: HTTP functions, their keys, and the admin route."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import azure.functions as func
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from local.host.invocation import FunctionFailedError
from local.host.keys import presented_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.types import Receive, Scope, Send

    from local.host.functions import HttpFunction
    from local.host.invocation import Invocations
    from local.host.keys import Keys
    from local.host.routes import Route

logger = logging.getLogger(__name__)

LARGEST_BODY = 100 * 1024 * 1024
ADMIN_FUNCTIONS = "/admin/functions/"
# Answers that have no body: no Content-Length either.
NO_CONTENT, NOT_MODIFIED = 204, 304


class HostResponseError(Exception):
    """The host itself answers: a status without a body, as Azure's does; the log says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class WebApp:
    """The ASGI app; `run_now(name, input)` starts a function for the admin route, or KeyError."""

    def __init__(
        self,
        routes: list[Route],
        *,
        prefix: str,
        keys: Keys,
        invocations: Invocations,
        run_now: Callable[[str, str], None],
    ) -> None:
        self._routes = routes
        self._prefix = f"/{prefix}/" if prefix else "/"
        self._keys = keys
        self._invocations = invocations
        self._run_now = run_now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except HostResponseError as error:
            logger.info("%s: %s", error.status, error)
            response = Response(status_code=error.status)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        if path.startswith(ADMIN_FUNCTIONS) and request.method == "POST":
            return await self._admin(request, path.removeprefix(ADMIN_FUNCTIONS))
        function, route_params = self._find(request.method, path)
        if not self._keys.allow(function.auth_level, presented_key(request)):
            raise HostResponseError(401, "A valid function key is needed.")
        body = await _body(request)
        value = func.HttpRequest(
            request.method,
            _url(request),
            headers=_joined(request.headers.items()),
            # The real host leaves out parameters without a value.
            params=_joined((k, v) for k, v in request.query_params.multi_items() if v),
            route_params=route_params,
            body=body,
        )
        try:
            return _response(await self._invocations.run(function, value))
        except FunctionFailedError:
            raise HostResponseError(500, "The function failed.") from None
        except TypeError as error:
            logger.error("%s: %s", function.name, error)  # noqa: TRY400  # nothing to trace
            raise HostResponseError(500, "The function failed.") from None

    def _find(self, method: str, path: str) -> tuple[HttpFunction, dict[str, str]]:
        """Find the function; like the real host, a wrong method is 404 too."""
        if path.lower().startswith(self._prefix.lower()):
            rest = path[len(self._prefix) :].rstrip("/")
            for route in self._routes:
                parameters = route.match(rest)
                if parameters is not None and method in route.function.methods:
                    return route.function, parameters
        raise HostResponseError(404, "No function has this route and method.")

    async def _admin(self, request: Request, name: str) -> Response:
        if not self._keys.allow("ADMIN", presented_key(request)):
            raise HostResponseError(401, "The master key is needed.")
        try:
            document = await request.json()
            text = document.get("input") or ""
        except (ValueError, AttributeError):
            raise HostResponseError(400, 'The body must be {"input": "..."}.') from None
        try:
            self._run_now(name, str(text))
        except KeyError:
            raise HostResponseError(404, "No timer or queue function has this name.") from None
        return Response(status_code=202)


def _url(request: Request) -> str:
    """Return the URL as it was sent; starlette's own has the path decoded."""
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.url.scheme}://{request.url.netloc}{path}{'?' if query else ''}{query}"


async def _body(request: Request) -> bytes:
    """Read the body, but no more than the host takes."""
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > LARGEST_BODY:
            raise HostResponseError(413, "The body is over 100 MB.")
    return bytes(chunks)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join the values of a repeated name by commas, as the real host hands them over."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _response(result: Any) -> Response:
    """Turn what the function returned into the answer; TypeError if the worker would refuse it."""
    if result is None:
        return Response(status_code=NO_CONTENT)
    if isinstance(result, str):
        return Response(result, media_type="text/plain")
    if not isinstance(result, func.HttpResponse):
        raise TypeError(f"an HTTP function must not return {type(result).__name__}")
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in result.headers.items()
        if name.lower() not in ("content-length", "transfer-encoding")
    ]
    if "content-type" not in result.headers:
        text = result.mimetype.startswith("text/")
        content_type = f"{result.mimetype}; charset={result.charset}" if text else result.mimetype
        headers.append((b"content-type", content_type.encode("latin-1")))
    body = result.get_body()
    if result.status_code not in (NO_CONTENT, NOT_MODIFIED):
        headers.append((b"content-length", str(len(body)).encode()))
    response = Response(body, status_code=result.status_code)
    response.raw_headers = headers
    return response

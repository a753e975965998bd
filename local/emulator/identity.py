"""App Service's identity endpoint, api-version 2019-08-01, and the tokens it hands out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import JSONResponse

from local.emulator.clock import Clock

PATH = "/msi/token"
API_VERSION = "2019-08-01"


@dataclass(frozen=True)
class Token:
    audience: str
    expires_ms: int


class Identity:
    """Hands out opaque tokens to whoever knows the identity header, and knows them again."""

    def __init__(self, header: str, clock: Clock) -> None:
        self._header = header
        self._clock = clock
        self._tokens: dict[str, Token] = {}

    def answer(self, request: Request, lifetime_seconds: int) -> JSONResponse:
        """Answer a request for a token."""
        presented = request.headers.get("X-IDENTITY-HEADER", "")
        if not compare_digest(presented.encode(), self._header.encode()):
            return _problem(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if request.query_params.get("api-version") != API_VERSION:
            return _problem(400, f"The api-version must be {API_VERSION}.")
        resource = request.query_params.get("resource")
        if not resource:
            return _problem(400, "The resource is missing.")
        text = secrets.token_urlsafe(48)
        expires_ms = self._clock.now_ms() + lifetime_seconds * 1000
        self._tokens[text] = Token(resource.rstrip("/"), expires_ms)
        body = {
            "access_token": text,
            "expires_on": str(expires_ms // 1000),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": request.query_params.get("client_id", ""),
        }
        return JSONResponse(body)

    def knows(self, authorization: str | None, audience: str) -> bool:
        """Say whether an Authorization header carries a valid token for this audience."""
        scheme, _, text = (authorization or "").partition(" ")
        token = self._tokens.get(text)
        return (
            scheme.lower() == "bearer"
            and token is not None
            and token.audience == audience
            and token.expires_ms > self._clock.now_ms()
        )

    def expire_all(self) -> None:
        self._tokens.clear()


def _problem(status: int, message: str) -> JSONResponse:
    return JSONResponse({"statusCode": status, "message": message}, status)

"""What the Python clients of the admin APIs share: one connection, and refusals as ValueError."""

from __future__ import annotations

import json
import ssl
from types import TracebackType
from typing import Any, Self

import httpx

SECONDS = 120
# These servers speak plain HTTP: httpx's own context would read all authorities' certificates, for
# 20 ms each time. This one trusts nobody.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
HEADERS = {"Content-Type": "application/json"}


class AdminClient:
    """Calls an admin API below `base_url`; a request that it refuses raises ValueError."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(
            base_url=base_url, timeout=SECONDS, trust_env=False, verify=NO_TLS
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        # httpx's own JSON refuses half a surrogate, which a test may want to set.
        content = None if body is None else json.dumps(body)
        answer = self._http.request(method, path, content=content, headers=HEADERS)
        if answer.is_client_error:
            error = answer.json()["error"]
            raise ValueError(error["message"] if isinstance(error, dict) else error)
        answer.raise_for_status()
        return answer.json() if answer.content else None

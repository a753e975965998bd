"""A Python client of the proxy's admin API, for tests."""

from __future__ import annotations

import dataclasses
from collections import Counter
from types import TracebackType
from typing import Any, Self

import httpx

from local.fault_proxy.admin import PREFIX
from local.fault_proxy.faults import Fault
from local.fault_proxy.record import ProxiedRequest

SECONDS = 30


class FaultProxyAdmin:
    """Steers the proxy at `url`; an order that it refuses raises ValueError with its reason."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}{PREFIX}", timeout=SECONDS, trust_env=False)

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

    def add(self, *faults: Fault) -> None:
        self._call("POST", "faults", [dataclasses.asdict(fault) for fault in faults])

    def clear(self) -> None:
        """Remove the faults that wait; what was recorded stays."""
        self._call("DELETE", "faults")

    def requests(self) -> list[ProxiedRequest]:
        """Return every request so far, in the order in which they came."""
        return [ProxiedRequest(**each) for each in self._call("GET", "requests")]

    def forget_requests(self) -> None:
        self._call("DELETE", "requests")

    def hits(self) -> Counter[str]:
        """Count the requests that each fault hit, by its label."""
        return Counter(self._call("GET", "hits"))

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        if answer.is_client_error:
            raise ValueError(answer.json()["error"])
        return answer.raise_for_status().json()

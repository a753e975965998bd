"""A Python client of the proxy's admin API, for tests."""

from __future__ import annotations

import dataclasses
from collections import Counter

from local.admin_http import AdminClient
from local.fault_proxy.admin import PREFIX
from local.fault_proxy.faults import Fault
from local.fault_proxy.record import ProxiedRequest


class FaultProxyAdmin(AdminClient):
    """Steers the proxy at `url`; an order that it refuses raises ValueError with its reason."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}{PREFIX}")

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

"""The fault proxy, `python -m local.fault_proxy`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from local.parts.process import Part, ready_line

if TYPE_CHECKING:
    from pathlib import Path


class FaultProxy(Part):
    """One process in front of these services; `urls` are its addresses, in their order."""

    name = "fault-proxy"

    def __init__(self, *upstreams: str, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._upstreams = upstreams

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "local.fault_proxy"]
        for upstream in self._upstreams:
            command += ["--to", upstream]
        return command

    def read_ready(self, log: str) -> bool:
        ready = ready_line(log)
        if ready is None:
            return False
        self.url: str = ready["url"]
        self.urls: list[str] = ready["urls"]
        return True

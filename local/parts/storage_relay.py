"""Azurite behind the storage relay, `python -m local.storage_relay`: as strict as Azure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from local.parts.process import Part, ready_line

if TYPE_CHECKING:
    from pathlib import Path

    from local.parts.azurite import Azurite


class StorageRelay(Part):
    """One process in front of an Azurite; its addresses stand for Azurite's own."""

    name = "storage-relay"

    def __init__(
        self,
        azurite: Azurite,
        folder: Path | None = None,
        *,
        whole_pages: bool = False,
        busy_every: int = 0,
        entities_a_second: int | None = None,
    ) -> None:
        super().__init__(folder)
        self._azurite = azurite
        self._options = ["--whole-pages"] if whole_pages else []
        self._options += ["--busy-every", str(busy_every)]
        if entities_a_second is not None:
            self._options += ["--entities-a-second", str(entities_a_second)]

    def command(self) -> list[str]:
        services = [url.rpartition("/")[0] for url in self._direct]
        command = [sys.executable, "-m", "local.storage_relay"]
        return [*command, "--table", services[0], "--queue", services[1], *self._options]

    @property
    def _direct(self) -> tuple[str, str]:
        return self._azurite.table_url, self._azurite.queue_url

    def read_ready(self, log: str) -> bool:
        ready = ready_line(log)
        if ready is None:
            return False
        through = self._azurite.connection_string
        for direct, relayed in zip(self._direct, ready["urls"], strict=True):
            through = through.replace(direct.rpartition("/")[0], relayed)
        self.connection_string = through
        return True

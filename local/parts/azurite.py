"""Azurite, the storage emulator, from the npm package that package-lock.json pins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local.host.development_storage import ACCOUNT_NAME, connection_string
from local.parts.process import REPOSITORY, Part

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = REPOSITORY / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
SERVICES = ("blob", "queue", "table")
LISTENING = re.compile(r"Azurite (\w+) service is successfully listening at (http://[\d.:]+)\n")


class Azurite(Part):
    """All three services on free ports; what they hold ends with them, or stays in `kept`."""

    name = "azurite"

    def __init__(self, folder: Path | None = None, *, kept: Path | None = None) -> None:
        super().__init__(folder)
        self._kept = kept

    def command(self) -> list[str]:
        hosts = [f"--{service}Host=127.0.0.1" for service in SERVICES]
        ports = [f"--{service}Port=0" for service in SERVICES]
        where = ["--inMemoryPersistence"] if self._kept is None else ["--location", str(self._kept)]
        options = [*where, "--skipApiVersionCheck", "--silent", "--disableTelemetry"]
        return ["node", str(PROGRAM), *options, *hosts, *ports]

    def working_folder(self) -> Path:
        return self.folder

    def read_ready(self, log: str) -> bool:
        addresses = {service.lower(): address for service, address in LISTENING.findall(log)}
        if set(addresses) != set(SERVICES):
            return False
        self.connection_string = connection_string(**addresses)
        self.table_url = f"{addresses['table']}/{ACCOUNT_NAME}"
        self.queue_url = f"{addresses['queue']}/{ACCOUNT_NAME}"
        return True

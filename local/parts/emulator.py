"""The Dataverse emulator, `python -m local.emulator`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from local.parts.process import Part, ready_line

if TYPE_CHECKING:
    from pathlib import Path


class Emulator(Part):
    """The emulator on a free port; its options are those of the command, `time_scale=20`."""

    name = "emulator"

    def __init__(self, folder: Path | None = None, **options: str | float | bool) -> None:
        super().__init__(folder)
        self._options = options

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "local.emulator"]
        for name, value in ({"port": 0} | self._options).items():
            flag = f"--{name.replace('_', '-')}"
            if value is True:
                command.append(flag)
            elif value is not False:
                command += [flag, str(value)]
        return command

    def read_ready(self, log: str) -> bool:
        ready = ready_line(log)
        if ready is None:
            return False
        self.url: str = ready["url"]
        self.identity_environment: dict[str, str] = {
            "IDENTITY_ENDPOINT": ready["identityEndpoint"],
            "IDENTITY_HEADER": ready["identityHeader"],
        }
        return True

"""The function host: Azure Functions Core Tools where they are installed, or else the stand-in."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.parts.process import REPOSITORY, Part, ready_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CALLBACK_BASE_URL = "CALLBACK_BASE_URL"


class FunctionHost(Part):
    """The stand-in, `python -m local.host`; of app settings it sees `settings` and no others.

    `options` are further options of that command.
    """

    name = "host"

    def __init__(
        self,
        settings: Mapping[str, str],
        app_root: Path = REPOSITORY,
        *,
        port: int = 0,
        function_key: str | None = None,
        timers: bool = True,
        grace_seconds: float = 10,
        options: Sequence[str] = (),
        folder: Path | None = None,
    ) -> None:
        super().__init__(folder)
        self._settings = dict(settings)
        self._app_root = app_root
        self._port = port
        self._key = function_key
        self._timers = timers
        self._grace_seconds = grace_seconds
        self._options = options

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "local.host", "--app-root", str(self._app_root)]
        command += ["--port", str(self._port), "--grace-seconds", str(self._grace_seconds)]
        if self._key:
            command.append(f"--function-key={self._key}")  # a key may begin with a dash
        if not self._timers:
            command.append("--no-timers")
        if CALLBACK_BASE_URL not in self._settings:
            command.append("--callback-base-url-from-port")
        return [*command, *self._options]

    def environment(self) -> dict[str, str]:
        return self._settings

    def change_settings(self, **settings: str) -> None:
        """Set app settings beside those there are; they hold from the next start on."""
        self._settings |= settings

    def read_ready(self, log: str) -> bool:
        ready = ready_line(log)
        if ready is None:
            return False
        self.url: str = ready["url"]
        self.function_key: str = ready["functionKey"]
        self.master_key: str = ready["masterKey"]
        self.functions: list[dict[str, str]] = ready["functions"]
        return True


class FuncHost(Part):
    """Core Tools' `func start`, which asks for no keys on a developer's machine."""

    name = "func"
    start_seconds = 300  # it may fetch its extension bundle first
    function_key = ""

    def __init__(
        self,
        settings: Mapping[str, str],
        app_root: Path = REPOSITORY,
        *,
        port: int = 0,
        folder: Path | None = None,
    ) -> None:
        super().__init__(folder)
        self._app_root = app_root
        self._port = port or free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._settings = {CALLBACK_BASE_URL: self.url} | dict(settings)

    def command(self) -> list[str]:
        return ["func", "start", "--port", str(self._port)]

    def environment(self) -> dict[str, str]:
        # The worker takes the `python` that is first on the PATH: that of this environment.
        path = f"{sys.prefix}/bin{os.pathsep}{os.environ.get('PATH', '')}"
        return self._settings | {"VIRTUAL_ENV": sys.prefix, "PATH": path}

    def working_folder(self) -> Path:
        return self._app_root

    def read_ready(self, log: str) -> bool:
        return "Worker process started and initialized" in log and _answers(self._port)


def host_for(
    settings: Mapping[str, str],
    app_root: Path = REPOSITORY,
    *,
    port: int = 0,
    function_key: str | None = None,
) -> FuncHost | FunctionHost:
    """Return Core Tools' host if `func` is on the PATH, the stand-in if not; 0: any port."""
    if shutil.which("func"):
        return FuncHost(settings, app_root, port=port)
    return FunctionHost(settings, app_root, port=port, function_key=function_key)


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

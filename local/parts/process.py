"""A part of the local environment: a process with a log, a start that waits, and an end."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from local.parts.watchdog import watchdog

if TYPE_CHECKING:
    from types import TracebackType

REPOSITORY = Path(__file__).resolve().parents[2]
LOG_FOLDER = REPOSITORY / ".local" / "logs"
# What a part sees of the developer's environment: never their Azure settings.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV")
POLL_SECONDS = 0.02
LOG_TAIL_CHARACTERS = 2000

_numbers = itertools.count(1)


class PartFailedError(Exception):
    """A part did not start: `part` names it, `log_tail` is the end of what it wrote."""

    def __init__(self, part: str, message: str, log_tail: str) -> None:
        super().__init__(f"{part} {message}\n{log_tail}".rstrip())
        self.part = part
        self.log_tail = log_tail


class Part(ABC):
    """A process in a process group of its own, whose output goes to `log_path`."""

    name: ClassVar[str]
    start_seconds: ClassVar[float] = 240
    stop_seconds: ClassVar[float] = 60

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or LOG_FOLDER
        self.log_path = self.folder / f"{self.name}-{os.getpid()}-{next(_numbers)}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that runs the part."""

    def environment(self) -> dict[str, str]:
        """Return the variables that the part gets beside the inherited ones."""
        return {}

    def working_folder(self) -> Path:
        return REPOSITORY

    @abstractmethod
    def read_ready(self, log: str) -> bool:
        """Tell from the log whether the part serves, and keep the addresses it tells."""

    def start(self) -> Self:
        """Start the process and wait until it serves; PartFailedError if it does not."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self.folder.mkdir(parents=True, exist_ok=True)
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.working_folder(),
                env=inherited | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        watchdog().watch(self._process.pid)
        try:
            self._wait_until_ready(self._process)
        except BaseException:  # Ctrl-C too: leave nothing behind
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Ask the process to end (SIGTERM), and end it if it has not in `stop_seconds`."""
        if self._process:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self.stop_seconds)
        self.kill()

    def kill(self) -> None:
        """End the process and what it started at once (SIGKILL)."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            watchdog().release(self._process.pid)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The code the process ended with, negative for a signal; None while it runs."""
        return self._process.poll() if self._process else None

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self.start_seconds
        while not self.read_ready(self.log()):
            tail = self.log()[-LOG_TAIL_CHARACTERS:]
            if process.poll() is not None:
                message = f"ended with code {process.returncode} instead of starting:"
                raise PartFailedError(self.name, message, tail)
            if time.monotonic() > deadline:
                message = f"was not ready after {self.start_seconds:.0f} s:"
                raise PartFailedError(self.name, message, tail)
            time.sleep(POLL_SECONDS)


def ready_line(log: str) -> dict[str, Any] | None:
    """Return the complete line `{"ready": true, ...}` of our own parts, if it is there yet."""
    for line in log.splitlines(keepends=True):
        if line.startswith('{"ready"') and line.endswith("\n"):
            ready: dict[str, Any] = json.loads(line)
            return ready
    return None

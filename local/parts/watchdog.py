"""Kill the parts when the process that started them is gone, however it went.

Run as a script, it reads `watch <group>` and `release <group>` from stdin, whose other end that
process holds: the end of stdin is the end of that process, even by SIGKILL. Unlike Linux's
PR_SET_PDEATHSIG this does not depend on the thread that started a part, and works on macOS too.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import signal
import subprocess
import sys
from typing import IO


class Watchdog:
    """This process's line to its watchdog."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
        )
        atexit.register(self._close)

    def watch(self, group: int) -> None:
        """From now on kill this process group when this process is gone."""
        self._write(f"watch {group}\n")

    def release(self, group: int) -> None:
        """Forget the group: its processes have ended."""
        self._write(f"release {group}\n")

    def _write(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line.encode())

    def _close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


@functools.cache
def watchdog() -> Watchdog:
    """Return the one watchdog of this process, started when it is first needed."""
    return Watchdog()


def guard(orders: IO[str]) -> None:
    """Follow the orders to their end, then kill the groups that are still watched."""
    groups: set[int] = set()
    for line in orders:
        verb, group = line.split()
        (groups.add if verb == "watch" else groups.discard)(int(group))
    for each in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(each, signal.SIGKILL)


if __name__ == "__main__":
    guard(sys.stdin)

"""make demo: exits 0 with every run Succeeded, says what failed, and leaves no process behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS, until

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = ("local.host", "local.emulator", "azurite")


def children_of(pid: int) -> dict[int, str]:
    """The processes that this one has started, with their commands."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], check=True, capture_output=True, text=True
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return {int(row[0]): row[2] for row in rows if int(row[1]) == pid and len(row) > 2}


def running(pids: list[int]) -> list[int]:
    alive = []
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        alive.append(pid)
    return alive


def _hear_ctrl_c() -> None:
    """Undo what a shell sets for what it starts in the background, and children inherit."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def demo() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local.demo"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - nothing of this process is used in it
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def parts_of(demo: subprocess.Popen[str]) -> dict[str, int]:
    """Wait until all parts run, and give their process ids."""

    def all_of_them() -> dict[str, int] | None:
        assert demo.poll() is None, demo.communicate()[0]
        found = {
            part: pid
            for pid, command in children_of(demo.pid).items()
            for part in PARTS
            if part in command
        }
        return found if len(found) == len(PARTS) else None

    return until(all_of_them, "a part does not run", every=0.1)


def test_the_demo_ends_with_every_run_succeeded(demo: subprocess.Popen[str]) -> None:
    parts = parts_of(demo)
    told, _ = demo.communicate(timeout=2 * PATIENCE_SECONDS)
    assert demo.returncode == 0, told
    assert len(re.findall(r"\bSucceeded\b", told)) == 30
    assert "30 submissions, made 30 flow sessions" in told
    assert running(list(parts.values())) == []


def test_a_part_that_dies_is_told_with_its_log_and_exit_code_1(demo: subprocess.Popen[str]) -> None:
    parts = parts_of(demo)
    assert demo.stdout is not None
    while "connections take" not in demo.stdout.readline():  # the host has said that it serves
        assert demo.poll() is None
    os.kill(parts["local.host"], signal.SIGKILL)
    told, _ = demo.communicate(timeout=PATIENCE_SECONDS)
    assert demo.returncode == 1
    assert "host" in told
    assert "its log" in told
    assert "Traceback" not in told
    assert running(list(parts.values())) == []


def test_ctrl_c_leaves_no_process_behind(demo: subprocess.Popen[str]) -> None:
    parts = parts_of(demo)
    demo.send_signal(signal.SIGINT)
    told, _ = demo.communicate(timeout=PATIENCE_SECONDS)
    assert demo.returncode == 130, told
    assert "Stopped." in told
    assert "Traceback" not in told
    assert running(list(parts.values())) == []

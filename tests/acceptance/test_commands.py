"""make demo: exits 0 with every run Succeeded, says what failed, and leaves no process behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.emulator.catalogue import POST_INVOICE
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


@contextmanager
def up(*arguments: str, **environ: str) -> Iterator[httpx.Client]:
    """Run `make up`, and give a client that calls it as it says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.up", *arguments],
        cwd=REPOSITORY,
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - nothing of this process is used in it
    )
    assert process.stdout is not None
    told = ""
    try:
        while "Ctrl-C stops" not in told:
            line = process.stdout.readline()
            assert line, told
            told += line
        assert re.search(r"console +http://127.0.0.1:\d+/api/console ", told)
        app = re.search(r"app +(\S+) +\(function key: (\S+)\)", told)
        assert app is not None
        with httpx.Client(base_url=app[1], headers={"x-functions-key": app[2]}) as client:
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)


def test_what_is_kept_is_there_the_next_time(tmp_path: Path) -> None:
    """With the settings of a file, and over those the ones of the environment."""
    settings = tmp_path / "settings.json"
    settings.write_text('{"Values": {"SUBMISSIONS_PER_WINDOW": "7", "FIRST_POLL_SECONDS": "2"}}')
    given = ("--keep", "--key", "of-my-own", "--settings", str(settings))
    body = {
        "workflowId": POST_INVOICE.id,
        "connectionName": "shared-load-77",
        "runMode": "unattended",
    }
    with up(*given, SUBMISSIONS_PER_WINDOW="3") as app:
        assert app.headers["x-functions-key"] == "of-my-own"
        key = {"Idempotency-Key": uuid.uuid4().hex}
        run = app.post("/runs", json=body, headers=key).json()
        (lane,) = [
            each
            for each in app.get("/lanes").json()["value"]
            if each["connectionName"] == "shared-load-77"
        ]
        assert lane["slotsFree"] <= 3
        until(lambda: app.get(f"/runs/{run['runId']}").json()["status"] == "Succeeded", "not done")
    with up(*given) as app:
        assert app.get(f"/runs/{run['runId']}").json()["status"] == "Succeeded"
        assert app.post("/runs", json=body, headers=key).json()["runId"] == run["runId"]


def test_up_names_the_console_and_with_demo_there_is_something_of_everything_in_it() -> None:
    """Runs that work, wait for their turn, failed, and need somebody; and a lane that is paused."""
    with up("--demo") as app:
        console = app.get("/console", headers={"x-functions-key": ""})
        assert console.headers["Content-Type"].startswith("text/html")

        def found(**query: str) -> list[Any]:
            runs: list[Any] = app.get("/runs", params=query).json()["value"]
            return runs

        until(lambda: found(status="Running") and found(status="Queued"), "nothing moves")
        until(lambda: len(found(needsOperator="true")) == 2, "nobody is needed")
        until(lambda: found(status="Failed"), "no robot has failed")
        lanes = app.get("/lanes").json()["value"]
        assert [lane["connectionName"] for lane in lanes if lane["pauseReason"]] == ["shared-hr-01"]


def asked_the_doctor() -> subprocess.CompletedProcess[str]:
    """Run `make doctor`, which is to find the app of `make up` by itself."""
    command = [sys.executable, "-m", "local.doctor"]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_the_doctor_finds_the_app_that_is_up() -> None:
    with up() as app:
        told = asked_the_doctor()
        assert told.returncode == 0, told.stdout + told.stderr
        assert "Nothing failed." in told.stdout
        assert str(app.base_url).removesuffix("/api/") in told.stdout
        assert app.headers["x-functions-key"] not in told.stdout


def test_up_with_a_wrong_setting_ends_and_names_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.up"],
        cwd=REPOSITORY,
        env=os.environ | {"RETENTION_DAYS": "never"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 1
    assert "RETENTION_DAYS must be a whole number" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


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
    assert "every run once" in told
    assert max(map(len, told.splitlines())) <= 80
    assert sum("Succeeded" in line for line in told.splitlines()) == 30, "one line a run"
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

"""The stand-in host stops without cutting off what runs, and leaves nothing behind."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from azure.storage.queue import QueueClient

from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.parts import Azurite, FunctionHost

APP = """
    import os
    import time
    from pathlib import Path

    import azure.functions as func

    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    def work() -> None:
        Path(os.environ["SEEN"]).write_text("begun")
        time.sleep(float(os.environ["WORK_SECONDS"]))
        Path(os.environ["SEEN"]).write_text("done")

    @app.route("work")
    def on_request(req: func.HttpRequest) -> str:
        work()
        return "done"

    @app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="RUN_STORAGE")
    def on_message(msg: func.QueueMessage) -> None:
        work()
"""


@pytest.fixture
def queue(azurite: Azurite) -> Iterator[QueueClient]:
    name = f"work-{uuid.uuid4().hex[:12]}"
    with QueueClient.from_connection_string(azurite.connection_string, name) as client:
        client.create_queue()
        yield client


def settings(queue: QueueClient, seconds: float) -> dict[str, str]:
    return {"QUEUE": str(queue.queue_name), "WORK_SECONDS": str(seconds)}


def serves(host: FunctionHost) -> bool:
    try:
        httpx.get(f"{host.url}/api/nothing")
    except httpx.TransportError:
        return False
    return True


def progress(host: FunctionHost) -> str:
    path = Path(host.environment()["SEEN"])
    return path.read_text() if path.exists() else ""


def test_a_request_under_way_is_answered(make_host: Any, queue: QueueClient) -> None:
    with make_host(APP, settings=settings(queue, 1)) as host:
        answers: list[str] = []
        request = threading.Thread(
            target=lambda: answers.append(httpx.get(f"{host.url}/api/work").text)
        )
        request.start()
        until(lambda: progress(host) == "begun")
        host.stop()
        request.join()
    assert (answers, host.exit_code) == (["done"], 0)


def test_a_message_under_way_is_done_and_deleted(make_host: Any, queue: QueueClient) -> None:
    queue.send_message(base64.b64encode(b"x").decode())
    with make_host(APP, settings=settings(queue, 1)) as host:
        until(lambda: progress(host) == "begun")
        host.stop()
    assert (progress(host), host.exit_code) == ("done", 0)
    assert queue.get_queue_properties().approximate_message_count == 0


def test_what_runs_past_the_grace_period_is_left(make_host: Any, queue: QueueClient) -> None:
    queue.send_message(base64.b64encode(b"x").decode())
    with make_host(APP, settings=settings(queue, 600), grace_seconds=0.5) as host:
        until(lambda: progress(host) == "begun")
        started = time.monotonic()
        host.stop()
    assert time.monotonic() - started >= 0.5
    assert (progress(host), host.exit_code) == ("begun", 0)


def test_a_second_signal_ends_the_host_at_once(make_host: Any, queue: QueueClient) -> None:
    queue.send_message(base64.b64encode(b"x").decode())
    with make_host(APP, settings=settings(queue, 600), grace_seconds=60) as host:
        until(lambda: progress(host) == "begun")
        os.kill(host.pid, signal.SIGINT)
        until(lambda: not serves(host), "it takes the first signal")
        assert host.running
        os.kill(host.pid, signal.SIGINT)
        until(lambda: not host.running)
    assert host.exit_code == 128 + signal.SIGINT


def test_the_port_is_free_after_a_stop(make_host: Any, queue: QueueClient) -> None:
    with make_host(APP, settings=settings(queue, 0)) as host:
        port = urlsplit(host.url).port
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_host_ends_with_the_process_it_was_tied_to(make_host: Any, queue: QueueClient) -> None:
    with subprocess.Popen(["sleep", "60"]) as tied_to:
        tie = ("--parent-pid", str(tied_to.pid))
        with make_host(APP, settings=settings(queue, 0), options=tie) as host:
            tied_to.kill()
            tied_to.wait()
            until(lambda: not host.running)
    assert host.exit_code == 0


STARTER = """
import sys, time
from pathlib import Path
from local.parts import Azurite, FunctionHost
folder = Path(sys.argv[1])
parts = [Azurite(folder).start(), FunctionHost({}, folder, folder=folder).start()]
print(*(part.pid for part in parts), flush=True)
time.sleep(60)
"""


def test_no_part_outlives_a_process_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text("{}")
    app = "import azure.functions as func\napp = func.FunctionApp()\n"
    (tmp_path / "function_app.py").write_text(app)
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        assert len(pids) == 2
        assert all(_runs(pid) for pid in pids)
        starter.kill()
        until(lambda: not any(_runs(pid) for pid in pids))


def _runs(pid: int) -> bool:
    """Tell whether the process runs: a zombie that nobody has reaped yet does not."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and not state.startswith("Z")

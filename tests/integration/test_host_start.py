"""What the stand-in host cannot serve it refuses at start, in words that say what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.parts import FunctionHost, PartFailedError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
import os
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""
BLOB = """
@app.blob_trigger(arg_name="blob", path="a/{name}", connection="RUN_STORAGE")
def on_blob(blob: func.InputStream) -> None: ...
"""
QUEUE_OUTPUT = """
@app.route("send")
@app.queue_output(arg_name="out", queue_name="a", connection="RUN_STORAGE")
def send(req: func.HttpRequest, out: func.Out[str]) -> str: return ""
"""
SAME_NAMES = """
@app.route("one")
def work(req: func.HttpRequest) -> str: return ""
@app.route("two")
def work(req: func.HttpRequest) -> str: return ""
"""
SAME_ROUTES = """
@app.route("runs/{id}", methods=["GET"])
def one(req: func.HttpRequest) -> str: return ""
@app.route("Runs/{run}", methods=["POST", "GET"])
def two(req: func.HttpRequest) -> str: return ""
"""
MISSING_SETTING = """
@app.queue_trigger(arg_name="msg", queue_name="%NO_SUCH%", connection="RUN_STORAGE")
def work(msg: func.QueueMessage) -> None: ...
"""
MISSING_CONNECTION = """
@app.queue_trigger(arg_name="msg", queue_name="a", connection="NO_SUCH")
def work(msg: func.QueueMessage) -> None: ...
"""
WRONG_SCHEDULE = """
@app.timer_trigger(arg_name="timer", schedule="every minute")
def tick(timer: func.TimerRequest) -> None: ...
"""
WRONG_PARAMETERS = """
@app.route("runs")
def runs(request: func.HttpRequest) -> str: return ""
"""
WRONG_SETTING = """
raise ValueError("DATAVERSE_URL must be https://<org host>")
"""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (BLOB, "function on_blob: trigger type 'blobTrigger' is not served by this host"),
        (QUEUE_OUTPUT, "function send: binding type 'queue' is not served by this host"),
        (SAME_NAMES, "work"),
        (SAME_ROUTES, "functions one and two have the same route: GET Runs/{run}"),
        (MISSING_SETTING, "function work: app setting NO_SUCH is missing"),
        (MISSING_CONNECTION, "function work: storage connection 'NO_SUCH' is not set"),
        (WRONG_SCHEDULE, "function tick: 'every minute' is neither NCRONTAB"),
        (WRONG_PARAMETERS, "function runs: it takes (request), but its bindings give (req)"),
        (
            WRONG_SETTING,
            "ValueError: DATAVERSE_URL must be https://<org host> (function_app.py:6)",
        ),
    ],
)
def test_an_app_that_cannot_be_served_is_refused(make_host: Any, source: str, message: str) -> None:
    host = make_host(HEAD + source)
    with pytest.raises(PartFailedError) as failure:
        host.start()
    refusal = failure.value.log_tail[failure.value.log_tail.index("local.host: ") :]
    assert message in refusal
    assert "Traceback" not in failure.value.log_tail
    assert host.exit_code == 1


def test_a_wrong_entry_of_host_json_is_named(make_host: Any) -> None:
    host = make_host(HEAD, extensions={"queues": {"batchSize": 33}})
    with pytest.raises(PartFailedError, match=r"queues\.batchSize must be 1 to 32"):
        host.start()


def test_a_folder_without_an_app_is_refused(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text("{}")
    with pytest.raises(PartFailedError, match=r"has no function_app\.py"):
        FunctionHost({}, tmp_path, folder=tmp_path).start()


def test_the_app_knows_its_own_address_when_it_is_imported(make_host: Any) -> None:
    source = HEAD + (
        'ADDRESS = os.environ["CALLBACK_BASE_URL"]\n'
        '@app.route("address")\n'
        "def address(req: func.HttpRequest) -> str: return ADDRESS\n"
    )
    with make_host(source) as host:
        assert httpx.get(f"{host.url}/api/address").text == host.url


def test_the_route_prefix_comes_from_host_json(make_host: Any) -> None:
    source = HEAD + '@app.route("x")\ndef x(req: func.HttpRequest) -> str: return "here"\n'
    with make_host(source, extensions={"http": {"routePrefix": ""}}) as host:
        assert httpx.get(f"{host.url}/x").text == "here"


def test_a_host_sees_nothing_of_the_developers_environment(
    make_host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "the developer's own")
    source = HEAD + (
        '@app.route("secret")\n'
        "def secret(req: func.HttpRequest) -> str:\n"
        '    return os.environ.get("AZURE_CLIENT_SECRET", "none")\n'
    )
    with make_host(source) as host:
        assert httpx.get(f"{host.url}/api/secret").text == "none"

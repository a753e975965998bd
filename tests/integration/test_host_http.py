"""The stand-in host serves HTTP functions as Azure's host does."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.parts import FunctionHost

APP = """
    import json
    import logging
    import threading

    import azure.functions as func

    app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
    ANONYMOUS = func.AuthLevel.ANONYMOUS
    both = threading.Barrier(2, timeout=300)

    def seen(req: func.HttpRequest, **more) -> func.HttpResponse:
        answer = {"method": req.method, "url": req.url, "params": dict(req.params),
                  "route": dict(req.route_params), "body": req.get_body().decode(),
                  "twice": req.headers.get("X-Twice"), **more}
        return func.HttpResponse(json.dumps(answer), mimetype="application/json")

    @app.route("runs/{runId}", methods=["GET", "POST"], auth_level=ANONYMOUS)
    def one_run(req: func.HttpRequest) -> func.HttpResponse:
        return seen(req, function="one_run")

    @app.route("runs/latest", methods=["GET"], auth_level=ANONYMOUS)
    def latest_run(req: func.HttpRequest) -> func.HttpResponse:
        return seen(req, function="latest_run")

    @app.route("runs/{number:int}", methods=["GET"], auth_level=ANONYMOUS)
    def numbered_run(req: func.HttpRequest) -> func.HttpResponse:
        return seen(req, function="numbered_run")

    @app.route("files/{*path}", auth_level=ANONYMOUS)
    def files(req: func.HttpRequest) -> func.HttpResponse:
        return seen(req, function="files")

    @app.route("secret", methods=["GET"])
    def secret(req: func.HttpRequest) -> str:
        return "told"

    @app.route("root", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
    def root(req: func.HttpRequest) -> str:
        return "told"

    @app.route("teapot", auth_level=ANONYMOUS)
    def teapot(req: func.HttpRequest) -> func.HttpResponse:
        response = func.HttpResponse("th\\u00e9", status_code=418, charset="latin-1",
                                     headers={"Retry-After": "3", "Set-Cookie": "a=1"})
        response.headers.add("Set-Cookie", "b=2")
        return response

    @app.route("nothing", auth_level=ANONYMOUS)
    def nothing(req: func.HttpRequest) -> None:
        return None

    @app.route("threads", auth_level=ANONYMOUS)
    def threads(req: func.HttpRequest, context: func.Context) -> str:
        def carried():
            context.thread_local_storage.invocation_id = context.invocation_id
            logging.warning("with-an-id %s", "secret")

        for work in (carried, lambda: logging.warning("without-an-id %s", "secret")):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        return "done"

    @app.route("broken", auth_level=ANONYMOUS)
    def broken(req: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError("the reason")

    @app.route("wrong", auth_level=ANONYMOUS)
    def wrong(req: func.HttpRequest) -> func.HttpResponse:
        return {"no": "response"}

    @app.route("named", auth_level=ANONYMOUS)
    async def named(req: func.HttpRequest, context: func.Context) -> str:
        return f"{context.function_name} {len(context.invocation_id)}"

    @app.route("meet", auth_level=ANONYMOUS)
    def meet(req: func.HttpRequest) -> str:
        return str(both.wait())
"""


@pytest.fixture(scope="module")
def host(make_host: Any) -> Iterator[FunctionHost]:
    with make_host(APP, function_key="the-function-key") as part:
        yield part


@pytest.fixture(scope="module")
def client(host: FunctionHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{host.url}/api", timeout=PATIENCE_SECONDS) as client:
        yield client


def test_a_function_gets_route_query_headers_and_body(
    client: httpx.Client, host: FunctionHost
) -> None:
    headers = [("X-Twice", "one"), ("X-Twice", "two")]
    answer = client.post("/runs/a%20b?q=1&q=2&empty=", content=b"hello", headers=headers).json()
    assert answer == {
        "function": "one_run",
        "method": "POST",
        "url": f"{host.url}/api/runs/a%20b?q=1&q=2&empty=",
        "params": {"q": "1,2"},
        "route": {"runId": "a b"},
        "body": "hello",
        "twice": "one,two",
    }


@pytest.mark.parametrize(
    ("path", "function", "route"),
    [
        ("/runs/latest", "latest_run", {}),
        ("/RUNS/LATEST", "latest_run", {}),
        ("/runs/17", "numbered_run", {"number": "17"}),
        ("/runs/x17", "one_run", {"runId": "x17"}),
        ("/files/a/b.txt", "files", {"path": "a/b.txt"}),
    ],
)
def test_the_most_exact_route_wins(
    client: httpx.Client, path: str, function: str, route: dict[str, str]
) -> None:
    answer = client.get(path).json()
    assert (answer["function"], answer["route"]) == (function, route)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/unknown"), ("GET", "/runs"), ("DELETE", "/runs/1"), ("HEAD", "/secret")],
)
def test_an_unknown_route_or_method_is_not_found(
    client: httpx.Client, method: str, path: str
) -> None:
    assert client.request(method, path).status_code == 404


def test_errors_of_the_host_have_no_body_as_azures(
    client: httpx.Client, host: FunctionHost
) -> None:
    """A client that reads one would fail in Azure first; why is in the log."""
    assert client.get("/unknown").content == b""
    assert client.get("/secret").content == b""
    assert client.get("/broken").content == b""
    assert "404: No function has this route and method." in host.log()


def test_a_function_is_opened_by_its_key_in_header_or_query(client: httpx.Client) -> None:
    by_header = client.get("/secret", headers={"x-functions-key": "the-function-key"})
    by_query = client.get("/secret", params={"code": "the-function-key"})
    assert (by_header.text, by_query.text) == ("told", "told")


@pytest.mark.parametrize("key", [None, "", "the-function-ke", "the-function-key2", "clé"])
def test_no_key_or_a_wrong_one_is_unauthorized(client: httpx.Client, key: str | None) -> None:
    params = {} if key is None else {"code": key}
    answer = client.get("/secret", params=params)
    assert (answer.status_code, answer.content) == (401, b"")


def test_an_admin_function_takes_only_the_master_key(
    client: httpx.Client, host: FunctionHost
) -> None:
    by_function_key = client.get("/root", params={"code": host.function_key})
    by_master_key = client.get("/root", params={"code": host.master_key})
    assert (by_function_key.status_code, by_master_key.text) == (401, "told")


def test_a_response_keeps_its_status_headers_and_charset(client: httpx.Client) -> None:
    answer = client.get("/teapot")
    assert answer.status_code == 418
    assert answer.content == "thé".encode("latin-1")
    assert answer.headers["content-type"] == "text/plain; charset=latin-1"
    assert answer.headers["retry-after"] == "3"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_no_response_is_no_content(client: httpx.Client) -> None:
    assert client.get("/nothing").status_code == 204


@pytest.mark.parametrize("path", ["/broken", "/wrong"])
def test_a_failed_function_tells_nothing_to_the_caller(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 500
    assert answer.content == b""


def test_a_log_record_without_an_invocation_id_is_dropped_as_azure_does(
    client: httpx.Client, host: FunctionHost
) -> None:
    """A thread of the app's own has no id, unless the app gives it one."""
    client.get("/threads")
    assert "with-an-id secret" in host.log()
    assert "without-an-id secret" not in host.log()
    assert "dropped a log record without an invocation id: root without-an-id" in host.log()


def test_an_idle_connection_is_kept_for_longer_than_clients_keep_one(host: FunctionHost) -> None:
    """uvicorn closed it after five seconds, as long as httpx keeps it: requests were lost."""
    address = urlsplit(host.url)
    with socket.create_connection((address.hostname, address.port or 80), 60) as connection:
        for pause in (0.0, 6.0):
            time.sleep(pause)  # idle on purpose: the real time is what is tested
            connection.sendall(b"GET /unknown HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 404")


def test_why_a_function_failed_is_in_the_log(client: httpx.Client, host: FunctionHost) -> None:
    client.get("/broken")
    assert "RuntimeError: the reason" in host.log()


def test_an_async_function_gets_the_context_it_asks_for(client: httpx.Client) -> None:
    assert client.get("/named").text == "named 36"


def test_sync_functions_run_side_by_side(client: httpx.Client) -> None:
    """Each call waits for the other, so one at a time would never end."""
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda _: client.get("/meet").text, range(2))
    assert sorted(answers) == ["0", "1"]


def test_a_body_over_100_mb_is_refused(client: httpx.Client) -> None:
    mebibyte = bytes(1024 * 1024)

    def body() -> Iterator[bytes]:
        for _ in range(100):
            yield mebibyte
        yield b"x"

    assert client.post("/files/big", content=body()).status_code == 413

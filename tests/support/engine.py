"""A twin of the engines behind Logic Apps and Power Automate, as far as Microsoft documents them.

It repeats a call on 408, 429 and 5xx and where no answer came, up to four times, and may lose an
answer that did. It waits at addresses of its own, each with a secret in its query; it polls an
answer 202 that has a Location; it unsubscribes without the key of its connection, and does so again
if it is not sure. Where nothing is documented (whether a poll brings the key, in which order and at
which address a saved flow subscribes anew) it does one or the other.
"""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.support.patience import PATIENCE_SECONDS, until

Json = dict[str, Any]

REPEATED = frozenset({408, 429, *range(500, 600)})
REPEATS = 4
QUICK = 100
"""How many times faster than a real one it waits between two calls."""


class ActionFailedError(Exception):
    """What an action ends with that is answered with an error: its flow fails by that."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.status_code} {answer.text}")
        self.status = answer.status_code
        self.error: Json = answer.json()["error"]


@dataclass
class Callback:
    """An address at which the engine waits, and what was told there.

    Once it is not `open` any more whoever comes is answered 404; 410 where its flow is `gone`.
    """

    url: str
    told: list[Json] = field(default_factory=list)
    open: bool = True
    gone: bool = False


@dataclass
class Action:
    """A webhook action that waits; `location`: where it unsubscribes."""

    callback: Callback
    location: str
    run: Json


class Engine:
    """One engine with a connection to the broker at `base` (with `/api`)."""

    def __init__(self, base: str, key: str) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._host = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._key = {"x-functions-key": key}
        self._base = base
        self._http = httpx.Client(timeout=PATIENCE_SECONDS)
        self._numbers = itertools.count()
        self.callbacks: dict[str, Callback] = {}
        self.refused: list[int] = []
        self.loses = itertools.cycle([False])
        """Whether the engine loses the next answers to what it starts or subscribes."""

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    # Webhook actions.

    def start(self, body: Json, key: str) -> Action:
        """Subscribe a webhook action: its run is started, and its Location is kept."""
        callback = self.callback("actions/Run_and_wait")
        answer = self._call("waits", body | {"notificationUrl": callback.url}, key)
        if not answer.is_success:
            raise ActionFailedError(answer)
        return Action(callback, self._location(answer), answer.json())

    def finish(self, action: Action) -> Json:
        """Wait until the action is told, unsubscribe it, and give what it was told."""
        told = until(lambda: action.callback.told, f"never told of {action.run['runId']}")
        self.unsubscribe(action.location)
        action.callback.open = False
        return told[0]

    def cancel(self, action: Action) -> None:
        """Cancel the flow's run while the action waits."""
        action.callback.open = False
        self.unsubscribe(action.location)

    # Polling.

    def run(self, body: Json, key: str) -> Json:
        """Start a run and poll its end; raises ActionFailedError."""
        answer, polls = self._call("polls", body, key), itertools.count()
        while answer.status_code == 202:
            time.sleep(int(answer.headers["Retry-After"]) / QUICK)
            headers = self._key if next(polls) % 2 else {}
            answer = self._repeating("GET", self._location(answer), headers=headers)
        if not answer.is_success:
            raise ActionFailedError(answer)
        result: Json = answer.json()
        return result

    # Triggers.

    def subscribe(self, callback: Callback, filters: Json) -> str:
        """Subscribe a trigger, and give where it unsubscribes."""
        answer = self._call("subscriptions", filters | {"notificationUrl": callback.url})
        assert answer.status_code == 201, answer.text
        return self._location(answer)

    def unsubscribe(self, location: str, times: int = 2) -> None:
        """Unsubscribe without a key, and once more: the first answer may have been lost."""
        for _ in range(times):
            answer = self._repeating("DELETE", location)
            assert answer.status_code == 204, answer.text

    def callback(self, of: str) -> Callback:
        """Wait at a new address, whose query holds a secret."""
        path = f"/workflows/0c5a/{of}/{next(self._numbers)}/run"
        secret = secrets.token_urlsafe(16)
        url = f"{self._host}{path}?api-version=2016-06-01&sp=%2Ftriggers%2Frun&sv=1.0&sig={secret}"
        made = self.callbacks[path] = Callback(url)
        return made

    def hear(self, target: str, body: bytes) -> int:
        """Take what is told at an address; give the status that it is answered with."""
        callback = self.callbacks.get(urlsplit(target).path)
        if callback is None or _secret(callback.url) != _secret(target):
            return 401
        if callback.gone or not callback.open:
            return 410 if callback.gone else 404
        callback.told.append(json.loads(body))
        return 202

    # How it calls.

    def _call(self, path: str, body: Json, key: str | None = None) -> httpx.Response:
        headers = self._key | ({} if key is None else {"Idempotency-Key": key})
        url = f"{self._base}/{path}"
        if next(self.loses):
            self._http.post(url, json=body, headers=headers)
        return self._repeating("POST", url, json=body, headers=headers)

    def _repeating(self, method: str, url: str, **options: Any) -> httpx.Response:
        answer = self._http.request(method, url, **options)
        for repeat in range(REPEATS):
            if answer.status_code not in REPEATED:
                break
            self.refused.append(answer.status_code)
            time.sleep(7.5 * 2**repeat / QUICK)
            answer = self._http.request(method, url, **options)
        return answer

    def _location(self, answer: httpx.Response) -> str:
        """Read where to go on: it must be absolute, and below the connection's address."""
        location = answer.headers["Location"]
        assert location.startswith(f"{self._base}/"), location
        return location


@dataclass
class Trigger:
    """A flow that begins with "when a run finishes"; it is saved again and again."""

    engine: Engine
    filters: Json
    callback: Callback
    location: str

    def save(self, *, same_address: bool, unsubscribes_first: bool) -> None:
        """Subscribe anew, at the same address or another, and unsubscribe what was there before."""
        before, old = self.location, self.callback
        if not same_address:
            self.callback = self.engine.callback("triggers/When_a_run_finishes")
        if unsubscribes_first:
            self.engine.unsubscribe(before)
        self.location = self.engine.subscribe(self.callback, self.filters)
        if not unsubscribes_first:
            self.engine.unsubscribe(before)
        if not same_address:
            old.open = False

    def delete(self) -> None:
        self.engine.unsubscribe(self.location)
        self.callback.open = False


def save_new(engine: Engine, **filters: Any) -> Trigger:
    """Save a flow for the first time."""
    callback = engine.callback("triggers/When_a_run_finishes")
    return Trigger(engine, filters, callback, engine.subscribe(callback, filters))


@contextmanager
def engine_of(base: str, key: str) -> Iterator[Engine]:
    """Let an engine live until the end of the block."""
    engine = Engine(base, key)
    serving = threading.Thread(target=engine.serve, daemon=True)
    serving.start()
    try:
        yield engine
    finally:
        engine.close()
        serving.join()


def _secret(target: str) -> str:
    query: Mapping[str, list[str]] = parse_qs(urlsplit(target).query)
    return query.get("sig", [""])[0]


def _handler_of(engine: Engine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(engine.hear(self.path, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as above
            del format, args

    return Handler

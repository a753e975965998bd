"""A caller that takes little time of the machine which it shares with what it measures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from benchmarks.harness.effort import NotMeasuredError
from local.parts import FunctionHost

SECONDS = 60
Json = dict[str, Any]


class Caller:
    """One connection that is kept; for one thread. The paths are below `/api`."""

    def __init__(self, host: FunctionHost) -> None:
        address = urlsplit(host.url)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=SECONDS)
        self._headers = {"x-functions-key": host.function_key, "Content-Type": "application/json"}
        self._master = {**self._headers, "x-functions-key": host.master_key}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def call(
        self, method: str, path: str, body: Json | None = None, *, key: str = "", expect: int = 200
    ) -> Json:
        """Call the app and give the JSON of its answer; NotMeasuredError for another status.

        `key`: the idempotency key of a start.
        """
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return self._send(method, f"/api{path}", body, headers, expect)

    def run_timer(self, name: str) -> None:
        """Have the host run a timer's function now; it goes on after the answer."""
        self._send("POST", f"/admin/functions/{name}", {"input": ""}, self._master, 202)

    def _send(
        self, method: str, path: str, body: Json | None, headers: dict[str, str], expect: int
    ) -> Json:
        content = None if body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, path, content, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise NotMeasuredError(f"{method} {path}: {error!r}") from error
        if answer.status != expect:
            raise NotMeasuredError(f"{method} {path}: {answer.status} {text[:300].decode()}")
        told: Json = json.loads(text) if text else {}
        return told


def side_by_side(
    host: FunctionHost, width: int, work: Callable[[Caller, int], object], numbers: Sequence[int]
) -> None:
    """Do the work for each number, over so many connections; raises what one of them does."""

    def some(first: int) -> None:
        with Caller(host) as caller:
            for number in numbers[first::width]:
                work(caller, number)

    with ThreadPoolExecutor(width) as callers:
        list(callers.map(some, range(width)))

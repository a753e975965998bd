"""A server on bare sockets: answers, silence and broken connections, byte by byte as a test wants.

It reads each request whole, keeps it, and then does what its script says: one step a request, the
last step again and again.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Step = Callable[[socket.socket], bool | None]
"""What becomes of a request; True keeps the connection for another one."""


@dataclass(frozen=True)
class Heard:
    """One request as it came; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """What it heard so far; `connections` counts those that were made, `ended` those that ended."""

    def __init__(self, port: int, script: tuple[Step, ...], tls: ssl.SSLContext | None) -> None:
        self.port = port
        self.heard: list[Heard] = []
        self.connections = 0
        self.ended = 0
        self._script = script
        self._tls = tls
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        scheme, host = ("https", "localhost") if self._tls else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        with contextlib.suppress(OSError), connection:
            self._serve(connection)
        self.ended += 1

    def _serve(self, accepted: socket.socket) -> None:
        wrap = contextlib.nullcontext if self._tls is None else self._over_tls
        with wrap(accepted) as connection:
            while (heard := _read(connection)) is not None:
                with self._lock:
                    self.heard.append(heard)
                    step = self._script[min(len(self.heard), len(self._script)) - 1]
                if not step(connection):
                    return

    def _over_tls(self, accepted: socket.socket) -> ssl.SSLSocket:
        assert self._tls
        return self._tls.wrap_socket(accepted, server_side=True)


@contextmanager
def server(*script: Step, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve on a free port of this machine until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Server(listening.getsockname()[1], script, tls)

        def accept() -> None:
            with contextlib.suppress(OSError):  # the end: nobody listens any more
                while True:
                    connection, _ = listening.accept()
                    threading.Thread(target=made.serve, args=(connection,), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield made
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()


def message(status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> bytes:
    """Write an answer; `body` is text, or a value to be told as JSON, or nothing."""
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    content = text.encode()
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def answers(status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> Step:
    """Answer, and keep the connection."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(message(status, body, headers))
        return True

    return step


def says(content: bytes) -> Step:
    """Send just these bytes and close."""
    return lambda connection: connection.sendall(content)


def closes(connection: socket.socket) -> None:
    """Close without an answer; the caller sees the end of the stream."""
    connection.shutdown(socket.SHUT_RDWR)


def resets(connection: socket.socket) -> None:
    """Break the connection; the caller sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def keeps_silent(connection: socket.socket) -> None:
    """Say nothing for as long as the caller stays."""
    connection.recv(1)


def trickles(first: bytes, then: bytes = b" ", every: float = 0.05) -> Step:
    """Send `first`, and then `then` again and again, for as long as the caller stays."""

    def step(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            time.sleep(every)
            connection.sendall(then)

    return step


def _read(connection: socket.socket) -> Heard | None:
    """Read one request; None where the caller has gone."""
    content = b""
    while b"\r\n\r\n" not in content:
        part = connection.recv(65536)
        if not part:
            return None
        content += part
    head, _, body = content.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {
        name.lower(): value for name, value in (line.split(": ", maxsplit=1) for line in lines)
    }
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Heard(method, path, headers, body)

"""POSTs as fast as a server takes them, over connections that are kept, to a bounded number."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO
from urllib.parse import urlsplit

from tests.support.patience import PATIENCE_SECONDS

CONNECTIONS = 6
"""As many as one host has use for: with eight it answers no faster."""


def flood(
    server: str,
    paths: Sequence[str],
    body: bytes,
    *,
    before_each: Callable[[int], object] = lambda _: None,
) -> Counter[int]:
    """Post the body to each path, side by side, and count the answers by their status.

    A bare socket each: an HTTP client's own work would take the time of the server that it shares
    a machine with. `before_each` is called before each post, with its number.
    """
    url = urlsplit(server)

    def post_every(first: int) -> Counter[int]:
        statuses: Counter[int] = Counter()
        address = (url.hostname or "", url.port or 80)
        with socket.create_connection(address, timeout=PATIENCE_SECONDS) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answers = connection.makefile("rb")
            for number in range(first, len(paths), CONNECTIONS):
                before_each(number)
                connection.sendall(_request(url.netloc, paths[number], body))
                statuses[_status(answers)] += 1
        return statuses

    with ThreadPoolExecutor(CONNECTIONS) as callers:
        return sum(callers.map(post_every, range(CONNECTIONS)), Counter())


def _request(host: str, path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _status(answers: BinaryIO) -> int:
    """Read an answer to its end."""
    status = int(answers.readline().split()[1])
    length = 0
    while (line := answers.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answers.read(length)
    return status

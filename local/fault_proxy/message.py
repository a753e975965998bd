"""HTTP/1.1 messages, kept as the bytes they came as."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

LONGEST_HEAD = 256 * 1024
"""Longer than any head of the app: a URL may have 32 KiB."""

_END_OF_HEAD = b"\r\n\r\n"
_BODILESS = frozenset({204, 304})
_INTERIM = 200


@dataclass(frozen=True)
class Message:
    """A request or an answer; head and body are as they came, chunks and all."""

    head: bytes
    body: bytes

    @cached_property
    def start_line(self) -> list[str]:
        """The three words of the first line (an answer's third may have spaces)."""
        return self.head.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The header fields, by their names in lower case."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        fields = (line.partition(":") for line in lines if line)
        return {name.strip().lower(): value.strip() for name, _, value in fields}

    @property
    def method(self) -> str:
        return self.start_line[0]

    @property
    def target(self) -> str:
        """A request's path and query, as they were sent."""
        return self.start_line[1]

    @property
    def status(self) -> int:
        return int(self.start_line[1])

    @property
    def ends_connection(self) -> bool:
        return "close" in self.headers.get("connection", "").lower()

    @property
    def chunked(self) -> bool:
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def content(self) -> bytes:
        """The body without the frames of its chunks."""
        if not self.chunked:
            return self.body
        content, rest = b"", self.body
        while (size := int(rest.partition(b"\r\n")[0].partition(b";")[0], 16)) > 0:
            rest = rest.partition(b"\r\n")[2]
            content, rest = content + rest[:size], rest[size + 2 :]
        return content


def made_answer(status: int, headers: Mapping[str, str], body: bytes) -> Message:
    """Make an answer of our own."""
    fields = {"Content-Length": str(len(body))} | dict(headers)
    lines = [f"HTTP/1.1 {status} Made", *(f"{name}: {value}" for name, value in fields.items())]
    return Message("\r\n".join(lines).encode("latin-1") + _END_OF_HEAD, body)


async def read_request(reader: asyncio.StreamReader) -> Message | None:
    """Read a whole request; None if the connection ended before it."""
    head = await _head(reader)
    if head is None:
        return None
    return Message(head, await _body(reader, Message(head, b""), to_the_end=False))


async def read_answer(reader: asyncio.StreamReader, method: str) -> Message | None:
    """Read the whole answer to a request of this method; None if the connection ended instead."""
    while (head := await _head(reader)) is not None:
        bare = Message(head, b"")
        if bare.status < _INTERIM:
            continue
        if method == "HEAD" or bare.status in _BODILESS:
            return bare
        return Message(head, await _body(reader, bare, to_the_end=True))
    return None


async def _head(reader: asyncio.StreamReader) -> bytes | None:
    try:
        return await reader.readuntil(_END_OF_HEAD)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def _body(reader: asyncio.StreamReader, bare: Message, *, to_the_end: bool) -> bytes:
    """Read the body that the head announces; asyncio.IncompleteReadError if it is cut short."""
    if bare.chunked:
        return await _chunks(reader)
    if "content-length" in bare.headers:
        return await reader.readexactly(int(bare.headers["content-length"]))
    return await reader.read() if to_the_end else b""


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        body += line
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            break
        body += await reader.readexactly(size + 2)
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        body += line  # a trailer
    return bytes(body + line)

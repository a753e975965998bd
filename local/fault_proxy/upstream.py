"""The connection to the service behind: one for each connection of a caller."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self
from urllib.parse import urlsplit

from local.fault_proxy.message import LONGEST_HEAD, Message, read_answer


class Upstream:
    """A connection that is opened when it is first needed, and again when its service ended it."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: Message) -> Message | None:
        """Send a request and return its answer; None if no whole answer came."""
        try:
            reader, writer = await self._connected()
            writer.write(request.head + request.body)
            await writer.drain()
            answer = await read_answer(reader, request.method)
        except (OSError, asyncio.IncompleteReadError):
            answer = None
        if answer is None or answer.ends_connection:
            self.close()
        return answer

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams and (self._streams[0].at_eof() or self._streams[1].is_closing()):
            self.close()
        if self._streams is None:
            # asyncio sets TCP_NODELAY by itself here.
            self._streams = await asyncio.open_connection(
                self._host, self._port, limit=LONGEST_HEAD
            )
        return self._streams

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self.close()

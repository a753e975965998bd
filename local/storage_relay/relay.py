"""The relay itself: a caller's connection, and each of its requests judged before it goes on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from local.fault_proxy.message import Message, read_request
from local.fault_proxy.upstream import Upstream


class Rules(Protocol):
    """What one service takes."""

    def judge(self, request: Message) -> Message:
        """Give the request as it goes on, or the answer that it gets instead."""
        ...

    def heard(self, request: Message, answer: Message) -> None:
        """Take note of what came back."""
        ...


class Relay:
    """What stands in front of the service at `upstream`."""

    def __init__(self, upstream: str, rules: Rules) -> None:
        self._upstream = upstream
        self._rules = rules

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a caller's connection until one of the two ends it."""
        async with Upstream(self._upstream) as upstream:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while (request := await read_request(reader)) is not None:
                    answer = await self._answer(request, upstream)
                    if answer is None:
                        break
                    writer.write(answer.head + answer.body)
                    await writer.drain()
                    if answer.ends_connection or request.ends_connection:
                        break
            writer.transport.abort()

    async def _answer(self, request: Message, upstream: Upstream) -> Message | None:
        judged = self._rules.judge(request)
        if judged.head.startswith(b"HTTP/"):
            return judged
        answer = await upstream.ask(judged)
        if answer is not None:
            self._rules.heard(judged, answer)
        return answer

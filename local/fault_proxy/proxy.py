"""The proxy itself: a caller's connection, and each of its requests through the faults."""

from __future__ import annotations

import asyncio
import contextlib
import time

from local.fault_proxy.admin import PREFIX, Desk
from local.fault_proxy.faults import NO_FAULT, Fault
from local.fault_proxy.message import Message, read_request
from local.fault_proxy.record import BODY_CHARACTERS, ProxiedRequest
from local.fault_proxy.upstream import Upstream

PIECES = 10


class Proxy:
    """What stands in front of the service at `upstream`; all share one desk."""

    def __init__(self, upstream: str, desk: Desk) -> None:
        self._upstream = upstream
        self._desk = desk

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a caller's connection until one of the two ends it."""
        async with Upstream(self._upstream) as upstream:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while (request := await read_request(reader)) is not None:
                    if request.target.startswith(PREFIX):
                        await _send(writer, self._desk.answer(request), trickle_ms=0)
                    elif not await self._pass_on(request, upstream, writer):
                        break
            writer.transport.abort()

    async def _pass_on(
        self, request: Message, upstream: Upstream, writer: asyncio.StreamWriter
    ) -> bool:
        """Take a request through the fault that hits it; False if its connection is to end."""
        fault = self._desk.faults.take(lambda each: each.matches(request)) or NO_FAULT
        record = self._record(request, fault)
        await asyncio.sleep(fault.delay_before_ms / 1000)
        came = await upstream.ask(request) if fault.forward else None
        await asyncio.sleep(fault.delay_after_ms / 1000)
        answer = None if fault.cut or fault.cut_amid else fault.answer() or came
        record.upstream_status = came.status if came else None
        record.status = answer.status if answer else None
        if answer is not None:
            await _send(writer, answer, trickle_ms=fault.trickle_ms)
            return not (answer.ends_connection or request.ends_connection)
        if came is not None and fault.cut_amid:
            writer.write(came.head + came.body[: len(came.body) // 2])
            await writer.drain()
            writer.write_eof()  # what was written arrives, and nothing after it
        return False

    def _record(self, request: Message, fault: Fault) -> ProxiedRequest:
        record = ProxiedRequest(
            time.time_ns() // 1_000_000,
            self._upstream,
            request.method,
            request.target,
            request.content[:BODY_CHARACTERS].decode("latin-1"),
            fault.label,
        )
        self._desk.requests.append(record)
        return record


async def _send(writer: asyncio.StreamWriter, answer: Message, *, trickle_ms: int) -> None:
    if not trickle_ms:
        writer.write(answer.head + answer.body)
        await writer.drain()
        return
    writer.write(answer.head)
    size = -(-len(answer.body) // PIECES) or 1
    pieces = [answer.body[at : at + size] for at in range(0, len(answer.body), size)]
    for piece in pieces:
        await asyncio.sleep(trickle_ms / len(pieces) / 1000)
        writer.write(piece)
        await writer.drain()

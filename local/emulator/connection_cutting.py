"""Ending a connection without an answer, as a broken network does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

ABORT = "emulator.abort"


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which lets the app abort the connection of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        app = self.app

        async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = transport.abort
            # At the end of the emulator what is held is cancelled; its connection is gone by then.
            with contextlib.suppress(asyncio.CancelledError):
                await app(scope, receive, send)

        self.app = with_abort


async def cut(scope: Scope, receive: Receive) -> None:
    """End the connection, and wait until the server knows: it then expects no answer."""
    scope[ABORT]()
    await until_gone(receive)


async def until_gone(receive: Receive) -> None:
    """Wait until the connection has ended, whoever ends it."""
    while (await receive())["type"] != "http.disconnect":
        pass


def cut_all(connections: Iterable[asyncio.Protocol]) -> None:
    """End all of a server's connections."""
    for connection in list(connections):
        if isinstance(connection, CuttableProtocol):
            connection.transport.abort()

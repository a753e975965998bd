"""Serving what stands between the app and its services: sockets, the ready line, a clean stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack

from local.fault_proxy.message import LONGEST_HEAD
from local.host.serving import watch_parent

Connection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Serves one connection of a caller."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what every such command takes."""
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1, of the first service; 0: free ones")
    add("--parent-pid", type=int, help="stop when this process is gone")


def serve(
    name: str, connections: Sequence[Connection], *, port: int, parent_pid: int | None
) -> int:
    """Serve each on a socket of its own until a signal comes; 1 if a port cannot be had."""
    with ExitStack() as sockets:
        listening = []
        for number in range(len(connections)):
            try:
                address = ("127.0.0.1", port + number if port else 0)
                made = socket.create_server(address, backlog=512)
            except OSError as error:
                print(f"{name}: port {port + number}: {error.strerror}", file=sys.stderr)
                return 1
            # Accepted sockets inherit it; asyncio sets it only where the protocol is named.
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listening.append(sockets.enter_context(made))
        asyncio.run(_serve(connections, listening, parent_pid))
    return 0


async def _serve(
    connections: Sequence[Connection], listening: list[socket.socket], parent_pid: int | None
) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    for connection, made in zip(connections, listening, strict=True):
        await asyncio.start_server(connection, sock=made, limit=LONGEST_HEAD)
    if parent_pid:
        watching = asyncio.create_task(watch_parent(parent_pid, stopping))
        watching.add_done_callback(lambda _: stopping.set())
    urls = [f"http://127.0.0.1:{made.getsockname()[1]}" for made in listening]
    print(json.dumps({"ready": True, "url": urls[0], "urls": urls}), flush=True)
    await stopping.wait()

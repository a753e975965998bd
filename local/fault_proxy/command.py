"""The command: `python -m local.fault_proxy`, its options and its ready line."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
from contextlib import ExitStack

from local.fault_proxy.admin import Desk
from local.fault_proxy.message import LONGEST_HEAD
from local.fault_proxy.proxy import Proxy
from local.host.serving import watch_parent


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes: 0 after a stop, 1 if a port cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m local.fault_proxy", description=__doc__)
    add = parser.add_argument
    add("--to", action="append", required=True, help="a service behind, `http://host:port`")
    add("--port", type=int, default=0, help="port on 127.0.0.1, of the first service; 0: free ones")
    add("--parent-pid", type=int, help="stop when this process is gone")
    options = parser.parse_args(arguments)
    with ExitStack() as sockets:
        listening = []
        for number in range(len(options.to)):
            port = options.port + number if options.port else 0
            try:
                made = socket.create_server(("127.0.0.1", port), backlog=512)
            except OSError as error:
                print(f"local.fault_proxy: port {port}: {error.strerror}", file=sys.stderr)
                return 1
            # Accepted sockets inherit it; asyncio sets it only where the protocol is named.
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listening.append(sockets.enter_context(made))
        asyncio.run(_serve(options, listening))
    return 0


async def _serve(options: argparse.Namespace, listening: list[socket.socket]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    desk = Desk()
    for upstream, made in zip(options.to, listening, strict=True):
        await asyncio.start_server(Proxy(upstream, desk), sock=made, limit=LONGEST_HEAD)
    if options.parent_pid:
        watching = asyncio.create_task(watch_parent(options.parent_pid, stopping))
        watching.add_done_callback(lambda _: stopping.set())
    urls = [f"http://127.0.0.1:{made.getsockname()[1]}" for made in listening]
    print(json.dumps({"ready": True, "url": urls[0], "urls": urls}), flush=True)
    await stopping.wait()

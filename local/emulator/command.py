"""The command: `python -m local.emulator`, its options and its ready line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import secrets
import signal
import socket
import sys

import uvicorn

from local.emulator.admin import admin_app
from local.emulator.behaviour import Behaviour
from local.emulator.connection_cutting import CuttableProtocol, cut_all
from local.emulator.environment import Environment, Options
from local.emulator.front import Front
from local.emulator.identity import PATH as IDENTITY_PATH
from local.host.serving import Server, watch_parent

# Longer than callers keep idle connections: one that closes under a request looks like a fault.
KEEP_ALIVE_SECONDS = 240
STOP_SECONDS = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes: 0 after a stop, 1 if the port cannot be had."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        listening = socket.create_server(("127.0.0.1", options.port), backlog=512)
    except OSError as error:
        print(f"local.emulator: port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    # Accepted sockets inherit it; asyncio sets it only where the protocol is named, which
    # create_server does not do. Without it every answer on a kept connection comes 40 ms late.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listening:
        asyncio.run(_serve(options, listening))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    add("--identity-header", help="the identity endpoint's secret; default: a random one")
    add("--limit", type=int, default=70, help="runs that a connection takes in the window")
    add("--limit-window-seconds", type=float, default=60, help="not scaled")
    add("--throttle-as", choices=("http", "session"), default="http", help="how too many are told")
    add("--time-scale", type=float, default=1, help="divides the time that everything else takes")
    add("--machines", type=int, default=4, help="machines of the one machine group")
    add("--run-seconds", type=float, default=5, help="how long a robot works, unscaled")
    add("--seed", type=int, help="makes the variation of that the same every time")
    add("--answer-ms", type=int, default=0, help="delay of RunDesktopFlow's answers")
    add("--require-https-callbacks", action="store_true", help="as Dataverse does")
    add("--parent-pid", type=int, help="stop when this process is gone")
    return parser


def _options(arguments: argparse.Namespace) -> Options:
    behaviour = Behaviour(
        runs_per_window=arguments.limit,
        window_seconds=arguments.limit_window_seconds,
        throttle_as=arguments.throttle_as,
        answer_ms=arguments.answer_ms,
        require_https_callbacks=arguments.require_https_callbacks,
    )
    return Options(
        identity_header=arguments.identity_header or secrets.token_urlsafe(24),
        behaviour=behaviour,
        time_scale=arguments.time_scale,
        machines=arguments.machines,
        run_seconds=arguments.run_seconds,
        seed=arguments.seed,
    )


async def _serve(arguments: argparse.Namespace, listening: socket.socket) -> None:
    options = _options(arguments)
    environment = Environment(options)
    config = uvicorn.Config(
        Front(environment, admin_app(environment)),
        http=CuttableProtocol,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        date_header=False,  # it is Dataverse's clock that answers tell
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = Server(config)
    web = asyncio.create_task(server.serve(sockets=[listening]))
    if arguments.parent_pid:
        watching = asyncio.create_task(watch_parent(arguments.parent_pid, stopping))
        web.add_done_callback(lambda _: watching.cancel())
    await server.serving.wait()
    print(_ready_line(listening, options), flush=True)
    await stopping.wait()
    await _stop(server, web, environment)


async def _stop(server: Server, web: asyncio.Task[None], environment: Environment) -> None:
    """Stop without waiting for what is held: an emulator has nothing to lose."""
    server.should_exit = server.force_exit = True
    cut_all(server.server_state.connections)
    await environment.callbacks.close()
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(web, STOP_SECONDS)


def _ready_line(listening: socket.socket, options: Options) -> str:
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    ready = {
        "ready": True,
        "url": url,
        "identityEndpoint": f"{url}{IDENTITY_PATH}",
        "identityHeader": options.identity_header,
    }
    return json.dumps(ready)

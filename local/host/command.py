"""The command: `python -m local.host`, its options, its ready line and its exit codes."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import secrets
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.host.app_import import import_app
from local.host.app_settings import apply_local_settings
from local.host.assembly import assemble
from local.host.errors import HostError
from local.host.functions import HttpFunction, read_functions
from local.host.host_json import read_host_json
from local.host.keys import Keys
from local.host.logs import log_to_stderr
from local.host.serving import serve, watch_parent

if TYPE_CHECKING:
    from local.host.assembly import Host
    from local.host.functions import Function
    from local.host.host_json import HostOptions

logger = logging.getLogger(__name__)
CALLBACK_BASE_URL = "CALLBACK_BASE_URL"


def main(arguments: list[str] | None = None) -> int:
    """Serve an app until a signal comes: 0 after a clean stop, 1 if it cannot be served."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except HostError as error:
        print(f"local.host: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    add = parser.add_argument
    add("--app-root", type=Path, default=Path.cwd(), help="folder of function_app.py, host.json")
    add("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    add("--settings", type=Path, help="a local.settings.json; the real environment wins over it")
    add("--function-key", help="default: $LOCAL_FUNCTION_KEY, or else a random one")
    add("--further-key", action="append", default=[], help="opens what the function key does")
    add("--no-timers", action="store_true", help="timers run only through the admin route")
    add("--grace-seconds", type=float, default=10, help="what runs gets this long to end at a stop")
    add("--parent-pid", type=int, help="stop when this process is gone")
    add(
        "--callback-base-url-from-port",
        action="store_true",
        help=f"set {CALLBACK_BASE_URL} to the host's own address",
    )
    return parser


def _run(arguments: argparse.Namespace) -> int:
    root = arguments.app_root.resolve()
    if arguments.settings:
        apply_local_settings(arguments.settings, os.environ)
    options = read_host_json(root / "host.json")
    log_to_stderr(options.log_level)
    with _listen(arguments.port) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        _tell_app_its_address(address, as_callback=arguments.callback_base_url_from_port)
        key = arguments.function_key or os.environ.get("LOCAL_FUNCTION_KEY")
        keys = Keys(
            function=key or secrets.token_urlsafe(24),
            master=secrets.token_urlsafe(24),
            further=tuple(arguments.further_key),
        )
        functions = read_functions(import_app(root))
        host = assemble(functions, options, os.environ, keys, timers_tick=not arguments.no_timers)
        ready = _ready_line(address, keys, functions, options)
        clean = asyncio.run(_serve(host, listening, arguments, ready))
    if not clean:
        logger.warning("stopped while functions were still running")
        _leave(0)  # their threads would keep the process alive
    return 0


def _listen(port: int) -> socket.socket:
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise HostError(f"cannot listen on 127.0.0.1:{port}: {error.strerror}") from None
    # Accepted sockets inherit it; asyncio sets it only where the protocol is named, which
    # create_server does not do. Without it every answer on a kept connection comes 40 ms late.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _tell_app_its_address(address: str, *, as_callback: bool) -> None:
    """Before the app is imported, say where it is served, as the real host does."""
    os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    if as_callback:
        os.environ[CALLBACK_BASE_URL] = f"http://{address}"
    if CALLBACK_BASE_URL not in os.environ:
        os.environ["WEBSITE_HOSTNAME"] = address


def _ready_line(address: str, keys: Keys, functions: list[Function], options: HostOptions) -> str:
    served = []
    for function in functions:
        entry = {"name": function.name, "trigger": function.trigger}
        if isinstance(function, HttpFunction):
            prefix = f"/{options.route_prefix}" if options.route_prefix else ""
            entry["route"] = f"{prefix}/{function.route}"
        served.append(entry)
    ready = {
        "ready": True,
        "url": f"http://{address}",
        "functionKey": keys.function,
        "masterKey": keys.master,
        "functions": served,
    }
    return json.dumps(ready)


async def _serve(
    host: Host, listening: socket.socket, arguments: argparse.Namespace, ready: str
) -> bool:
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    watching = None
    if arguments.parent_pid:
        watching = asyncio.create_task(watch_parent(arguments.parent_pid, stopping))
    clean = await serve(
        host,
        listening,
        stopping,
        grace_seconds=arguments.grace_seconds,
        on_ready=lambda: print(ready, flush=True),
    )
    if watching:
        await watching  # it ends with `stopping`
    host.invocations.close()
    return clean


def _stop_on_signals(stopping: asyncio.Event) -> None:
    """Stop at the first SIGTERM or SIGINT, leave at once at the second."""

    def stop(number: signal.Signals) -> None:
        if stopping.is_set():
            _leave(128 + number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)


def _leave(code: int) -> None:
    """End the process without waiting for threads."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)

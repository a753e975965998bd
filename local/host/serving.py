"""Run the triggers of an app side by side, from the ready line to a clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from local.host.assembly import Host

logger = logging.getLogger(__name__)
PARENT_CHECK_SECONDS = 0.5
KEPT_SECONDS = 240
"""How long an idle connection is kept, as long as Azure keeps it: minutes.

uvicorn's own five seconds are as long as clients such as httpx keep one, so the two race, and a
request that is sent into a connection just closed fails without an answer.
"""


class Server(uvicorn.Server):
    """uvicorn, with the signals left to the host, which stops more than HTTP."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    host: Host,
    listening: socket.socket,
    stopping: asyncio.Event,
    *,
    grace_seconds: float,
    on_ready: Callable[[], None],
) -> bool:
    """Serve until `stopping` is set, then let what runs end within the grace period.

    Returns True if everything had ended, False if something was still running.
    """
    config = uvicorn.Config(
        host.web_app,
        timeout_keep_alive=KEPT_SECONDS,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=max(1, round(grace_seconds)),
    )
    server = Server(config)
    web = asyncio.create_task(server.serve(sockets=[listening]))
    await server.serving.wait()
    listeners = {asyncio.create_task(trigger.run(stopping)) for trigger in host.triggers}
    on_ready()
    stopped = asyncio.create_task(stopping.wait())
    # A part that ends by itself has failed: stop the others and let its error out.
    await asyncio.wait({stopped, web, *listeners}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    server.should_exit = True
    everything = {web, *listeners, *host.started_by_hand.tasks}
    done, pending = await asyncio.wait(everything, timeout=grace_seconds)
    for task in done:
        task.result()
    return not pending


async def watch_parent(parent: int, stopping: asyncio.Event) -> None:
    """Set `stopping` when the process `parent` is gone."""
    is_child = os.getppid() == parent
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), PARENT_CHECK_SECONDS)
        if not _is_alive(parent, is_child=is_child):
            stopping.set()


def _is_alive(process: int, *, is_child: bool) -> bool:
    if is_child:  # a parent's end shows at once in this, even before it was reaped
        return os.getppid() == process
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Queue and timer functions started by hand, through the admin route."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from local.host.queue_trigger import QueueListener
    from local.host.timer_trigger import Timer


class StartedByHand:
    """Starts a function by its name; `tasks` are the runs that have not ended yet."""

    def __init__(self, listeners: Mapping[str, QueueListener], timers: Mapping[str, Timer]) -> None:
        self._listeners = listeners
        self._timers = timers
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, text: str) -> None:
        """Start the function and go on; `text` is its message. KeyError if there is none."""
        work: Coroutine[None, None, None]
        if name in self._listeners:
            work = self._listeners[name].run_now(text)
        else:
            work = self._timers[name].run_now()
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

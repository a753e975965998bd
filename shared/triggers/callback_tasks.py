"""The worker's event loop, and threads beside it, as those need them who hear callbacks.

The threads are the app's own, and there from their first use on: none that waits for Dataverse
keeps another from storage, and neither keeps any other function waiting.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from shared.services.following.tasks import Bell
from shared.triggers.reads import ReadingThreads

STORING, ASKING = 8, 12
"""Threads for storage and for Dataverse: a query at a time, some alone, and some that hang."""

Result = TypeVar("Result")


class LoopBell:
    """Rings on one event loop."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float | None = None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()


class LoopTasks:
    """What is done aside on whatever event loop runs."""

    def __init__(self) -> None:
        self._storing, self._asking = ReadingThreads(STORING), ReadingThreads(ASKING)
        self._begun: set[asyncio.Task[None]] = set()

    async def store(self, work: Callable[[], Result]) -> Result:
        return await self._storing(work)

    async def ask(self, work: Callable[[], Result]) -> Result:
        return await self._asking(work)

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(work())
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    def bell(self) -> Bell:
        return LoopBell()

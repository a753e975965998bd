"""Waiting for runs to change: without a thread, and with one read a round for all who wait.

A run changes in whatever process follows it, so it is read again and again; in rounds, which grow
longer, and of which each serves everybody in this process who waits for that run. What this process
ends itself is told at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from shared.domain.run import Run
from shared.storage.runs import StoredRun, Told
from shared.storage.table import StorageUnavailableError

FIRST_SECONDS, LAST_SECONDS, GROWTH = 0.25, 2.0, 1.5
"""How long the first round and the last ones take, and how they grow."""

WAITING_LIMIT = 500
"""How many callers wait in one process at a time; for others time is up at once."""

Changed = Callable[[Run], bool]
ReadAgain = Callable[[], Awaitable[Run | None]]
"""Reads the run, for the invocation of who gave it."""


@dataclass(eq=False, slots=True)
class _Waiter:
    """One caller; `latest`: the run as he would be told of it, if time was up."""

    latest: Run
    changed: Changed
    read: ReadAgain
    told: asyncio.Future[Run | None]

    def see(self, run: Run | None) -> None:
        if run is not None:
            self.latest = run
        if (run is None or self.changed(run)) and not self.told.done():
            self.told.set_result(run)

    def fail(self, error: Exception) -> None:
        if not self.told.done():
            self.told.set_exception(error)


@dataclass(eq=False, slots=True)
class _Rounds:
    """All who wait for one run. `woken`: there is something to see, or nobody left to see it.

    `going`: reads the run for them.
    """

    loop: asyncio.AbstractEventLoop
    waiters: list[_Waiter] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    going: asyncio.Task[None] | None = None

    async def go(self) -> None:
        """Read the run for all, as long as there are any."""
        pause = FIRST_SECONDS
        while self.waiters:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), pause)
            self.woken.clear()
            pause = min(pause * GROWTH, LAST_SECONDS)
            if self.waiters:
                await self._read()

    async def _read(self) -> None:
        try:
            run = await self.waiters[0].read()
        except StorageUnavailableError:
            return  # it may be there again in the next round
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait have to hear it
            for waiter in self.waiters:
                waiter.fail(error)
        else:
            for waiter in self.waiters:
                waiter.see(run)

    def leave(self, waiter: _Waiter) -> None:
        self.waiters.remove(waiter)
        if not self.waiters:
            self.woken.set()


class Changes:
    """Who waits for which run; `waiting`: how many. All but `ended` belongs to the event loop."""

    def __init__(self) -> None:
        self._rounds: dict[str, _Rounds] = {}
        self.waiting = 0

    async def until(
        self, run: Run, changed: Changed, seconds: float, read: ReadAgain
    ) -> Run | None:
        """Give a run as soon as it has changed, or as it was seen last when time is up.

        None if it is gone. Raises what `read` does, but for StorageUnavailableError, which passes.
        """
        if self.waiting >= WAITING_LIMIT:
            return run
        rounds = self._rounds_of(run.id)
        waiter = _Waiter(run, changed, read, rounds.loop.create_future())
        rounds.waiters.append(waiter)
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                return await waiter.told
        except TimeoutError:
            return waiter.latest
        finally:
            self.waiting -= 1
            rounds.leave(waiter)

    def before(self, told: Told) -> Told:
        """Give what hears of an end and then tells it on: whoever waits here only looks."""

        def tell(stored: StoredRun) -> None:
            self.ended(stored)
            told(stored)

        return tell

    def ended(self, stored: StoredRun) -> None:
        """Hear that a run has ended, in any thread; raises nothing."""
        rounds = self._rounds.get(stored.run.id)
        if rounds is not None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                rounds.loop.call_soon_threadsafe(rounds.woken.set)

    def _rounds_of(self, run_id: str) -> _Rounds:
        """Give the rounds of a run, which begin when somebody waits for it."""
        rounds = self._rounds.get(run_id)
        if rounds is None or rounds.going is None or rounds.going.done():
            rounds = self._rounds[run_id] = _Rounds(asyncio.get_running_loop())
            rounds.going = asyncio.create_task(rounds.go())
            rounds.going.add_done_callback(lambda _: self._forget(run_id, rounds))
        return rounds

    def _forget(self, run_id: str, rounds: _Rounds) -> None:
        if self._rounds.get(run_id) is rounds:
            del self._rounds[run_id]

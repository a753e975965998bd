"""Timer triggers: run a function at each occurrence of its schedule, in UTC, one run at a time."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from azure.functions.timer import TimerRequest

from local.host.invocation import FunctionFailedError

if TYPE_CHECKING:
    from local.host.functions import TimerFunction
    from local.host.invocation import Invocations
    from local.host.schedule import Schedule

# The event loop's clock may stand still while the machine sleeps: look at the real one this often.
LONGEST_SLEEP_SECONDS = 60.0
PAST_DUE = timedelta(seconds=1)


class Timer:
    """One function's timer. Occurrences that pass while it runs are left out, as in Azure."""

    def __init__(
        self, function: TimerFunction, schedule: Schedule, invocations: Invocations
    ) -> None:
        self._function = function
        self._schedule = schedule
        self._invocations = invocations
        self._one_at_a_time = asyncio.Lock()

    async def run(self, stopping: asyncio.Event) -> None:
        """Tick until `stopping` is set; return when a tick that runs is done."""
        stopped = asyncio.create_task(stopping.wait())
        if self._function.run_on_startup:
            await self.run_now()
        while not stopping.is_set():
            due = self._schedule.next_after(datetime.now(UTC))
            while not stopped.done() and (remaining := due - datetime.now(UTC)) > timedelta():
                seconds = min(remaining.total_seconds(), LONGEST_SLEEP_SECONDS)
                await asyncio.wait({stopped}, timeout=seconds)
            if not stopping.is_set():
                await self.run_now(past_due=datetime.now(UTC) - due > PAST_DUE)

    async def run_now(self, *, past_due: bool = False) -> None:
        """Run the function, after a run that is still under way."""
        async with self._one_at_a_time:
            with contextlib.suppress(FunctionFailedError):  # logged already
                await self._invocations.run(self._function, TimerRequest(past_due=past_due))

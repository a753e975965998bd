"""Calls from a process to a server: they take time, and whatever is on its way arrives.

The effect of a call happens in the hub when the call arrives, whether or not the caller still
lives. A process can be killed or frozen as each call begins, and killed as it ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.scheduler import Killed, Process, Scheduler

Result = TypeVar("Result")

FREEZE_MS = (200, 240_000)
RESTART_MS = (500, 90_000)


@dataclass(slots=True)
class Network:
    """What all processes share; `restart` boots an instance again after one was killed.

    `watchers` are told of every call before it leaves, and may let its process stand still.
    """

    scheduler: Scheduler
    chaos: Chaos
    history: History
    restart: Callable[[Process, int], None]
    breach: Callable[[str], None]
    watchers: list[Callable[[Process], None]] = field(default_factory=list)

    def departure(self, process: Process, *, freezes: bool = True) -> None:
        """Let the process be killed or frozen before a call leaves it."""
        process.check()
        for watcher in self.watchers:
            watcher(process)
        self._maybe_kill(process)
        if freezes and self.chaos.strikes(self.chaos.rates.freeze):
            pause = self.chaos.between(*FREEZE_MS)
            process.frozen_until = max(process.frozen_until, self.scheduler.now + pause)
            self.history.tell(process.name, f"is frozen for {pause} ms")
            self.scheduler.sleep(process, 0)

    def exchange(
        self, process: Process, there: int, back: int, effect: Callable[[], Result]
    ) -> Result:
        """Make a call: its effect after `there` ms, its answer `back` ms later."""
        came: list[Result | Exception] = []

        def arrive() -> None:
            try:
                came.append(effect())
            except Exception as error:  # noqa: BLE001 - carried to the caller, like an answer
                came.append(error)

        self.scheduler.after(there, arrive)
        self.pause(process, there + max(1, back))
        answer = came[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(self, process: Process, ms: int) -> None:
        """Wait for an answer; the process can be killed before it does anything with it."""
        self.scheduler.sleep(process, ms)
        self._maybe_kill(process)

    def _maybe_kill(self, process: Process) -> None:
        if self.chaos.strikes(self.chaos.rates.crash):
            self.history.tell(process.name, "is killed")
            self.scheduler.kill(process)
            self.restart(process, self.chaos.between(*RESTART_MS))
            raise Killed

"""Calls from a process to a server: they take time, and whatever is on its way arrives.

The effect of a call happens in the hub when the call arrives, whether or not the caller still
lives. A process can be killed or frozen as each call begins, and killed as it ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.scheduler import Killed, Parked, Process, Scheduler
from tests.simulation.unrest import Unrest

Result = TypeVar("Result")

FREEZE_MS = (200, 240_000)
RESTART_MS = (500, 90_000)


class LateError(Exception):
    """The caller has waited long enough."""


@dataclass(frozen=True, slots=True)
class Trip:
    """How long a call is under way, worked on, and its answer under way (ms)."""

    there: int
    served: int
    back: int


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
            self.chaos.note(Unrest.FREEZE, pause)
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

    def ask(
        self,
        process: Process,
        trip: "Trip",
        effect: Callable[[], Result],
        patience: int | None = None,
    ) -> Result:
        """Make a call that the server works on for a while; an error is answered at once.

        Raises LateError if the answer takes longer than `patience` (ms).
        """
        came: list[Result | Exception] = []
        held: list[Parked] = []
        ends = None if patience is None else self.scheduler.now + patience
        due: list[int] = []

        def arrive() -> None:
            worked = trip.served
            try:
                came.append(effect())
            except Exception as error:  # noqa: BLE001 - carried to the caller, like an answer
                came.append(error)
                worked = 0
            rest = worked + max(1, trip.back)
            due.append(self.scheduler.now + rest)
            for parked in held:
                self.scheduler.release(parked, rest)

        self.scheduler.after(trip.there, arrive)
        self.scheduler.park(process, patience, held)
        self._maybe_kill(process)
        if not due or (ends is not None and due[0] >= ends):
            raise LateError
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
            restart = self.chaos.between(*RESTART_MS)
            self.chaos.note(Unrest.CRASH, restart)
            self.restart(process, restart)
            raise Killed

"""Callbacks as the simulated app hears them: what the app awaits, a greenlet waits for.

The services' async functions are the deployed ones. What they await is there when a greenlet that
stands still goes on, so they are driven to their end in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tests.simulation.clock import SimulatedClock

if TYPE_CHECKING:
    from shared.services.following.callback import CallbackOutcome
    from shared.services.following.tasks import Bell
    from shared.triggers.provider import Services
    from tests.simulation.scheduler import Parked, Process, Scheduler

Result = TypeVar("Result")


def hear(services: Services, run_id: str, session_id: str) -> CallbackOutcome:
    """Hear a callback in the greenlet that calls, beside whatever else its process hears."""
    clock = cast("SimulatedClock", services.hear_callback.clock)
    tasks = Greenlets(clock.scheduler, clock.process)
    return drive(services.hear_callback(run_id, session_id, tasks))


def hear_all(services: Services, *hints: tuple[str, str]) -> list[CallbackOutcome | Exception]:
    """Hear callbacks that come to one process in the same moment; give what came of each."""
    clock = cast("SimulatedClock", services.hear_callback.clock)
    tasks = Greenlets(clock.scheduler, clock.process)
    came: dict[int, CallbackOutcome | Exception] = {}
    over = tasks.bell()

    async def one(number: int, hint: tuple[str, str]) -> None:
        try:
            came[number] = await services.hear_callback(*hint, tasks)
        except Exception as error:  # noqa: BLE001 - kept for the test, which sees what came
            came[number] = error
        if len(came) == len(hints):
            over.ring()

    for number, hint in enumerate(hints):
        tasks.begin(partial(one, number, hint))
    drive(over.wait())
    return [came[number] for number in range(len(hints))]


def drive(work: Coroutine[Any, Any, Result]) -> Result:
    """Do async work whose every wait is one of the greenlet that it is done in."""
    try:
        work.send(None)
    except StopIteration as over:
        return cast("Result", over.value)
    message = "it awaits what no greenlet waits for"
    raise AssertionError(message)


@dataclass(slots=True)
class _Bell:
    scheduler: Scheduler
    process: Process
    rung: bool = False
    waiting: list[Parked] = field(default_factory=list)

    def ring(self) -> None:
        self.rung = True
        for parked in self.waiting:
            self.scheduler.release(parked)
        self.waiting.clear()

    async def wait(self, seconds: float | None = None) -> None:
        if not self.rung:
            ms = None if seconds is None else round(seconds * 1000)
            self.scheduler.park(self.process, ms, self.waiting)


@dataclass(frozen=True, slots=True)
class Greenlets:
    """Services' Tasks of one process: what blocks gives way by itself."""

    scheduler: Scheduler
    process: Process

    async def store(self, work: Callable[[], Result]) -> Result:
        return work()

    async def ask(self, work: Callable[[], Result]) -> Result:
        return work()

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.scheduler.spawn(self.process, lambda: drive(work()))

    def bell(self) -> Bell:
        return _Bell(self.scheduler, self.process)

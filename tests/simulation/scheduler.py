"""Simulated time, and the processes that live in it: everything runs here, one thing at a time.

Work of a process runs in greenlets, which give way at every simulated call. What happens next is
the earliest event; among events of the same millisecond chance decides, from the seed.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import greenlet

Action = Callable[[], object]

EVENTS_AT_ONCE, LOOKS_AT_ONCE = 100_000, 200_000
"""More than anything needs that happens in one millisecond: beyond it somebody turns in circles."""


class Killed(BaseException):
    """The process is dead: it does nothing more, neither `except Exception` nor `finally`."""


@dataclass(eq=False, slots=True)
class Process:
    """A process: alive or not, and perhaps frozen (a pause of its machine or its collector)."""

    name: str
    alive: bool = True
    frozen_until: int = 0
    tasks: dict[greenlet.greenlet, None] = field(default_factory=dict)

    def check(self) -> None:
        """Raise Killed if the process is dead: every simulated call begins and ends with this."""
        if not self.alive:
            raise Killed


@dataclass(eq=False, slots=True)
class Parked:
    """A greenlet that waits, for a time or until somebody releases it."""

    process: Process
    greenlet: greenlet.greenlet
    over: bool = False


class Scheduler:
    """An event heap on simulated milliseconds; its maker's greenlet is the hub.

    `stuck`: what is done when time stands still while things go on.
    """

    def __init__(self, chance: random.Random) -> None:
        self.now = 0
        self.events = 0
        self.halted = False
        self.stuck: Action = lambda: None
        self._chance = chance
        self._heap: list[tuple[int, float, int, Action]] = []
        self._sequence = itertools.count()
        self._at_once = self._looks = 0
        self._hub = greenlet.getcurrent()

    def at(self, when: int, action: Action) -> None:
        """Do something in the hub at a time."""
        entry = (max(when, self.now), self._chance.random(), next(self._sequence), action)
        heapq.heappush(self._heap, entry)

    def after(self, ms: int, action: Action) -> None:
        self.at(self.now + ms, action)

    def run(self, until: int) -> None:
        """Let time pass, up to `until` or until the world is halted."""
        while self._heap and not self.halted:
            when = self._heap[0][0]
            if when > until:
                break
            action = heapq.heappop(self._heap)[3]
            self._pass(when)
            self.events += 1
            action()
        if not self.halted:
            self.now = until

    def look_at_the_clock(self) -> None:
        """Note that a process looks at its clock; one that does nothing else is ended."""
        self._looks += 1
        if self._looks > LOOKS_AT_ONCE:
            self._is_stuck()
            raise Killed

    def _pass(self, when: int) -> None:
        """Let time pass; where it stands still for too much, nothing else would come about."""
        if when > self.now:
            self.now, self._at_once, self._looks = when, 0, 0
            return
        self._at_once += 1
        if self._at_once > EVENTS_AT_ONCE:
            self._is_stuck()

    def _is_stuck(self) -> None:
        self.halted = True
        self.stuck()

    def spawn(self, process: Process, work: Action) -> None:
        """Begin work of a process, beside what else it does."""

        def body() -> None:
            try:
                process.check()
                work()
            except Killed:
                return
            finally:
                process.tasks.pop(task, None)

        task = greenlet.greenlet(body, self._hub)
        process.tasks[task] = None
        self.at(self.now, task.switch)

    def sleep(self, process: Process, ms: int) -> None:
        """Let the running greenlet of a process wait."""
        self.park(process, ms)

    def park(self, process: Process, ms: int | None, held: list[Parked] | None = None) -> None:
        """Let the running greenlet wait for a time, or until what was put in `held` is released."""
        process.check()
        parked = Parked(process, greenlet.getcurrent())
        if held is not None:
            held.append(parked)
        if ms is not None:
            self.at(self.now + max(0, ms), lambda: self._resume(parked))
        self._hub.switch()
        process.check()

    def release(self, parked: Parked, after: int = 0) -> None:
        self.at(self.now + after, lambda: self._resume(parked))

    def kill(self, process: Process) -> None:
        """Kill a process: what it had under way ends where it stands."""
        process.alive = False
        self.at(self.now, lambda: self._bury(process))

    def _resume(self, parked: Parked) -> None:
        if parked.over or not parked.process.alive:
            return
        if parked.process.frozen_until > self.now:
            self.at(parked.process.frozen_until, lambda: self._resume(parked))
            return
        parked.over = True
        parked.greenlet.switch()

    def _bury(self, process: Process) -> None:
        for task in list(process.tasks):
            while task:  # one that has not begun finds out for itself
                task.throw(Killed)
        process.tasks.clear()

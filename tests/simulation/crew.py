"""Calls side by side within a process: greenlets where the app has threads."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, TypeVar

from shared.services.ports import Call
from tests.simulation.scheduler import Parked, Process, Scheduler

Result = TypeVar("Result")

LONGEST_SECONDS = 3_600.0


class SimulatedCall(Generic[Result]):
    """A call under way; what it raises is raised by whoever asks for its result."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._came: list[Result] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._came.append(self._work())
        except Exception as error:  # noqa: BLE001 - kept for whoever asks, as a future does
            self._error = error

    def done(self) -> bool:
        return bool(self._came) or self._error is not None

    def result(self) -> Result:
        if self._error is not None:
            raise self._error
        return self._came[0]


class SimulatedCrew:
    """Does as many calls at a time as its size."""

    def __init__(self, scheduler: Scheduler, process: Process, size: int) -> None:
        self._scheduler = scheduler
        self._process = process
        self._idle = size
        self._queue: deque[SimulatedCall[Any]] = deque()
        self._waiting: list[Parked] = []
        self._all: list[SimulatedCall[Any]] = []

    def start(self, work: Callable[[], Result]) -> Call[Result]:
        call = SimulatedCall(work)
        self._queue.append(call)
        self._all.append(call)
        self._fill()
        return call

    def wait(self, calls: Iterable[Call[Result]], seconds: float) -> None:
        wanted = list(calls)
        ends = self._scheduler.now + max(0, round(seconds * 1000))
        while not all(call.done() for call in wanted) and self._scheduler.now < ends:
            self._scheduler.park(self._process, ends - self._scheduler.now, self._waiting)

    def close(self) -> None:
        """Wait for the calls that have begun; drop the others."""
        begun = [call for call in self._all if call not in self._queue]
        self._queue.clear()
        while not all(call.done() for call in begun):
            self._scheduler.park(self._process, None, self._waiting)

    def _fill(self) -> None:
        while self._idle and self._queue:
            self._idle -= 1
            call = self._queue.popleft()
            self._scheduler.spawn(self._process, partial(self._do, call))

    def _do(self, call: SimulatedCall[Any]) -> None:
        call.run()
        self._idle += 1
        self._fill()
        for parked in self._waiting:
            self._scheduler.release(parked)
        self._waiting.clear()


class SimulatedSignal:
    """A signal between the greenlets of one process."""

    def __init__(self, scheduler: Scheduler, process: Process) -> None:
        self._scheduler = scheduler
        self._process = process
        self._is_set = False
        self._waiting: list[Parked] = []

    def set(self) -> None:
        self._is_set = True
        for parked in self._waiting:
            self._scheduler.release(parked)
        self._waiting.clear()

    def wait(self, seconds: float) -> None:
        if not self._is_set:
            ms = max(1, math.ceil(min(seconds, LONGEST_SECONDS) * 1000))
            self._scheduler.park(self._process, ms, self._waiting)
        self._is_set = False


class SimulatedCrews:
    """Services' Crews of one process."""

    def __init__(self, scheduler: Scheduler, process: Process) -> None:
        self._scheduler = scheduler
        self._process = process

    @contextmanager
    def _hire(self, size: int) -> Iterator[SimulatedCrew]:
        crew = SimulatedCrew(self._scheduler, self._process, size)
        try:
            yield crew
        finally:
            crew.close()

    __call__ = _hire

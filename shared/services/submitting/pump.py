"""The pump: runs leave the backlogs as fast as their windows allow, and no faster.

A process has one loop at a time, in the invocation that found none; every other hands its lane over
and ends as soon as that is safe. So however many lanes are busy, the worker's threads are free.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shared.domain.guard import Guard
from shared.services.indexing.index import Index
from shared.services.indexing.moves import Moves
from shared.services.ports import Clock, Crews, Signal, Signals, WakeUps
from shared.services.submitting.hand import Ticket
from shared.services.submitting.lane_step import LaneStep
from shared.services.submitting.loop import STEPS, Loop
from shared.services.submitting.submit import Submit
from shared.services.submitting.watchman import Watchman
from shared.storage.lanes import LaneTable
from shared.storage.table import StorageUnavailableError

BUDGET_SECONDS = 240.0
"""How long one invocation works lanes; hosts end one after five minutes at the least."""

HANGING = 3
"""The threads for calls, in times of those that count: hanging ones hold theirs."""

HAND_OVER_SECONDS = 60.0
"""How long handing over takes at most: it bounds a hang, no more."""


@dataclass(slots=True)
class Pump:
    """Works lanes; several instances may do so at once, each lane in one of them.

    `moves` gathers what its submissions change of runs, for the index to be told of many at once.
    """

    lanes: LaneTable
    step: LaneStep
    submit: Submit
    wake_ups: WakeUps
    crews: Crews
    signals: Signals
    clock: Clock
    concurrency: int
    index: Index
    moves: Moves
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _handed: deque[tuple[str, Ticket]] = field(default_factory=deque, init=False)
    _signal: Signal | None = field(default=None, init=False)
    _holder: str = field(default="", init=False)

    def __call__(self, lane_id: str) -> None:
        """Submit what waits while there are slots; raises StorageUnavailableError."""
        self._work([lane_id])

    def take_over(self, guard: Guard) -> None:
        """Work the lanes of an instance that is gone; raises StorageUnavailableError.

        One that still holds any of them lives, and sends other guards.
        """
        if guard.holder == self._holder:
            return
        for lane_id in guard.lanes:
            stored = self.lanes.read(lane_id)
            if stored is not None and stored.lane.lease.is_of(guard.holder, self.clock.now()):
                return
        self._work(guard.lanes)

    def _work(self, lane_ids: Sequence[str]) -> None:
        tickets = [(lane_id, Ticket(self.signals())) for lane_id in lane_ids]
        with self._lock:
            self._handed.extend(tickets)
            signal = self._signal
            mine = self._begin() if signal is None else None
        if mine is not None:
            self._run(mine)
        elif signal is not None:
            signal.set()
        ends = self.clock.monotonic() + HAND_OVER_SECONDS
        for _, ticket in tickets:
            self._wait_for(ticket, ends)

    def _wait_for(self, ticket: Ticket, ends: float) -> None:
        while not ticket.done:
            left = ends - self.clock.monotonic()
            if left <= 0:
                raise StorageUnavailableError("the lane could not be handed over in time")
            ticket.signal.wait(left)
        if ticket.error is not None:
            raise ticket.error

    def _begin(self) -> Loop:
        """Make the loop that works what is handed over from now on."""
        self._signal, self._holder = self.signals(), self.clock.random_bytes(9).hex()
        return Loop(
            step=replace(self.step, holder=self._holder),
            submit=self.submit,
            watchman=Watchman(self.wake_ups, self.clock, self._holder),
            index=self.index,
            moves=self.moves,
            clock=self.clock,
            signal=self._signal,
            concurrency=self.concurrency,
            handed=self._take_handed,
        )

    def _run(self, loop: Loop) -> None:
        ends = self.clock.monotonic() + BUDGET_SECONDS
        with self.crews(HANGING * self.concurrency) as calls, self.crews(STEPS) as steps:
            try:
                while not self._ends(loop):
                    if self.clock.monotonic() >= ends:
                        self._retire(loop)
                        loop.pass_on(calls, steps)
                        break
                    loop.turn(calls, steps)
                while loop.hands:
                    loop.turn(calls, steps)
                loop.finish()
            finally:
                self._retire(loop)
                loop.fail(StorageUnavailableError("whoever worked the lanes has failed"))

    def _take_handed(self) -> list[tuple[str, Ticket]]:
        with self._lock:
            handed = list(self._handed)
            self._handed.clear()
        return handed

    def _ends(self, loop: Loop) -> bool:
        """Say whether nothing is left to do; if so, whoever comes next begins a loop."""
        with self._lock:
            if loop.hands or self._handed:
                return False
            self._signal, self._holder = None, ""
            return True

    def _retire(self, loop: Loop) -> None:
        """Leave what comes from now on to another loop; what came before is this one's."""
        with self._lock:
            if self._signal is not loop.signal:
                return
            self._signal, self._holder = None, ""
            loop.take(self._handed)
            self._handed.clear()
            loop.handed = list

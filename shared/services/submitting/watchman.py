"""The watchman of a loop: he sends its guards, by which its lanes are found should it die."""

import logging
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from shared.domain.guard import LANES_LIMIT, Guard, guard_text
from shared.domain.lease import GUARD_DELAY_MS, GUARD_EVERY_MS
from shared.services.ports import Call, Clock, Crew, WakeUps
from shared.services.side_by_side import parts
from shared.storage.table import StorageError
from shared.telemetry import event

SOONEST_SECONDS = 0.5
"""Lanes that were leased just now are named this soon after the last guard, in one with others."""


@dataclass(slots=True)
class Watchman:
    """`named`: the lanes that the last guard names. One guard is sent at a time."""

    wake_ups: WakeUps
    clock: Clock
    holder: str
    named: frozenset[str] = frozenset()
    _sent_at: float = -math.inf
    _sending: Call[bool] | None = field(default=None, init=False)
    _names: frozenset[str] = field(default=frozenset(), init=False)

    def look(self, leased: Collection[str], crew: Crew, then: Callable[[], None]) -> None:
        """Send a guard if one is due; `then` is called once it is sent."""
        if self._sending is not None:
            if not self._sending.done():
                return
            if self._sending.result():
                self.named = self._names
            self._sending = None
        if not leased or self.clock.monotonic() < self.due_at(leased):
            return
        self._sent_at, self._names = self.clock.monotonic(), frozenset(leased)
        lanes = sorted(self._names)

        def send() -> bool:
            try:
                return self._send(lanes)
            finally:
                then()

        self._sending = crew.start(send)

    def due_at(self, leased: Collection[str]) -> float:
        """Tell when the next guard is due (monotonic s)."""
        if not leased or self._sending is not None:
            return math.inf
        unnamed = any(lane_id not in self.named for lane_id in leased)
        return self._sent_at + (SOONEST_SECONDS if unnamed else GUARD_EVERY_MS / 1000)

    def _send(self, lanes: list[str]) -> bool:
        delay = GUARD_DELAY_MS // 1000
        try:
            for some in parts(lanes, LANES_LIMIT):
                text = guard_text(Guard(self.holder, tuple(some)))
                self.wake_ups.send(text, delay_seconds=delay)
        except StorageError as error:
            event("guard.failed", level=logging.WARNING, lanes=len(lanes), reason=str(error))
            return False
        return True

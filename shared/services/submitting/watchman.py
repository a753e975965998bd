"""The watchman of a loop: he sends its guards, by which its lanes are found should it die."""

import logging
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from shared.domain.guard import LANES_LIMIT, Guard, guard_text
from shared.domain.lease import GUARD_DELAY_MS, GUARD_EVERY_MS
from shared.services.ports import Clock, Crew, WakeUps
from shared.services.side_by_side import parts
from shared.storage.table import StorageError
from shared.telemetry import event, failure

SOONEST_SECONDS = 0.5
"""Lanes that were leased just now are named this soon after the last guard, in one with others."""


@dataclass(slots=True)
class Watchman:
    """`named`: the lanes that the last guard names. One guard is sent at a time.

    `_sending`: the lanes of the one that is; `_came`: whether it was sent, once that is known.
    """

    wake_ups: WakeUps
    clock: Clock
    holder: str
    named: frozenset[str] = frozenset()
    _sent_at: float = field(default=-math.inf, init=False)
    _sending: frozenset[str] | None = field(default=None, init=False)
    _came: bool | None = field(default=None, init=False)

    def look(self, leased: Collection[str], crew: Crew, then: Callable[[], None]) -> None:
        """Send a guard if one is due; `then` is called once it is sent."""
        if self._sending is not None and self._came is not None:
            self.named = self._sending if self._came else self.named
            self._sending = self._came = None
        if self.clock.monotonic() < self.due_at(leased):
            return
        self._sent_at, self._sending = self.clock.monotonic(), frozenset(leased)
        lanes = sorted(self._sending)

        def send() -> None:
            self._came = self._send(lanes)
            then()

        crew.start(send)

    def due_at(self, leased: Collection[str]) -> float:
        """Tell when the next guard is due (monotonic s); while one is sent none is."""
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
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: told, not lost
            failure("guard.failed", error, lanes=len(lanes))
            return False
        return True

"""Receivers that keep this process waiting are left alone for a while: others wait behind them."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from shared.services.ports import Clock

REST_SECONDS = 30.0
REMEMBERED = 1_000


@dataclass(slots=True)
class SilentReceivers:
    """Hosts that did not answer lately; safe to use from several threads, of bounded memory."""

    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _until: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def rest(self, host: str) -> bool:
        """Say whether nothing is to be sent to this host for now."""
        with self._lock:
            return self._until.get(host, 0.0) > self.clock.monotonic()

    def note(self, host: str, *, answered: bool) -> None:
        """Note whether a host answered."""
        with self._lock:
            self._until.pop(host, None)
            if not answered:
                self._until[host] = self.clock.monotonic() + REST_SECONDS
            if len(self._until) > REMEMBERED:
                self._until.popitem(last=False)

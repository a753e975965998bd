"""How many callbacks are looked at: for each run, and for this process (bounded memory).

Only those with a valid signature count, so nobody can use up what is somebody else's. Whoever is
refused is lost to nobody: the watch on the run remains. Microsoft asks receivers for a limit.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from shared.domain.token_bucket import Bucket, Limit
from shared.services.ports import Clock

OF_A_RUN = Limit(burst=10, rate=0.2)
"""Dataverse sends one callback and repeats it three times; a run may come to have several."""

OF_A_PROCESS = Limit(burst=1_000, rate=200)
RUNS_REMEMBERED = 10_000


@dataclass(slots=True)
class CallbackLimits:
    """Admits callbacks; safe to use from several threads."""

    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: Bucket | None = None
    _runs: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def wait(self, run_id: str) -> float:
        """Give the seconds after which a callback may come again; 0 if this one is admitted."""
        now = self.clock.monotonic()
        with self._lock:
            run = self._runs.pop(run_id, None) or OF_A_RUN.full(now)
            self._runs[run_id], wait = OF_A_RUN.take(run, now)
            if len(self._runs) > RUNS_REMEMBERED:
                self._runs.popitem(last=False)
            if wait == 0:
                process = self._process or OF_A_PROCESS.full(now)
                self._process, wait = OF_A_PROCESS.take(process, now)
            return wait

"""Service protection: what Dataverse lets one user ask for, over all calls of all kinds.

A call that is refused is not carried out, and counts for nothing (the Dataverse contract, 2).
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from shared.dataverse.errors import Answer, ThrottledError
from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.scheduler import Scheduler
from tests.simulation.unrest import Unrest

TOO_MANY, TOO_LONG, TOO_CONCURRENT = "0x80072322", "0x80072321", "0x80072326"
CODES = (TOO_MANY, TOO_LONG, TOO_CONCURRENT)
CONCURRENT_MS = 2_000
"""For how long who asks for too much at once is asked to wait."""

ROOM = 0.5
"""The share of the user's limits that has to be left for it to have an allowance beyond doubt."""


@dataclass(frozen=True, slots=True)
class UserLimits:
    """So many requests and ms of execution in a sliding window (ms), so many requests at once.

    `asks`: whether a refusal says when to come again; `tells`: whether answers say what is left.
    """

    requests: int = 6_000
    execution: int = 1_200_000
    window: int = 300_000
    concurrent: int = 52
    asks: bool = True
    tells: bool = True


@dataclass(slots=True)
class Protection:
    """Counts the calls of the one user; without limits it refuses none.

    `asked`: how many calls there were; `refused`: how many of them, by code; `peak`: how many there
    were at once at the most; `worked`: for how long all that were admitted were worked on (ms).
    """

    scheduler: Scheduler
    chaos: Chaos
    history: History
    limits: UserLimits | None
    asked: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    peak: int = 0
    worked: int = 0
    _arrived: deque[int] = field(default_factory=deque)
    _served: deque[tuple[int, int]] = field(default_factory=deque)
    _executed: int = 0

    def admit(self, service: int) -> None:
        """Take a call in that is worked on for `service` ms; raises ThrottledError."""
        self.asked += 1
        if self.limits is not None:
            self._forget(self.limits)
            self._check(self.limits)
            self._arrived.append(self.scheduler.now)
        if service:
            self.under_way += 1
            self.peak = max(self.peak, self.under_way)
            self.scheduler.after(service, lambda: self._end(service))

    def remaining(self) -> int | None:
        """Tell how many requests are left, as a header of each answer does; None: it does not."""
        if self.limits is None or not self.limits.tells:
            return None
        self._forget(self.limits)
        return self.limits.requests - len(self._arrived)

    def seconds_left(self) -> float | None:
        """Tell how much execution time is left (s), likewise."""
        if self.limits is None or not self.limits.tells:
            return None
        self._forget(self.limits)
        return (self.limits.execution - self._executed) / 1000

    def has_room(self) -> bool:
        """Say whether the user may ask for more, beyond doubt."""
        if self.limits is None:
            return True
        self._forget(self.limits)
        return (
            len(self._arrived) <= ROOM * self.limits.requests
            and self._executed <= ROOM * self.limits.execution
            and self.under_way <= ROOM * self.limits.concurrent
        )

    def strike(self, what: str) -> None:
        """Refuse a call now and then, whatever is left; raises ThrottledError."""
        if self.chaos.strikes(self.chaos.rates.protected):
            self.history.tell("dataverse", f"protects itself from {what}")
            chance = self.chaos.chance
            wait = chance.choice([None, 0.0, 0.001, 5.0, 40.0, 1e12, float("nan")])
            raise self._refusal(chance.choice(CODES), wait)

    def _refusal(self, code: str, wait: float | None) -> ThrottledError:
        self.refused[code] += 1
        self.chaos.note(Unrest.USER)
        self.history.tell("dataverse", f"refuses the user's call: {code}, {self.under_way} at once")
        return ThrottledError(Answer(429, code, "too much for one user"), wait)

    def _check(self, limits: UserLimits) -> None:
        """Refuse what is beyond a limit; raises ThrottledError."""
        now = self.scheduler.now
        if len(self._arrived) >= limits.requests:
            oldest = self._arrived[len(self._arrived) - limits.requests]
            raise self._asking(TOO_MANY, oldest + limits.window - now)
        if self._executed >= limits.execution:
            raise self._asking(TOO_LONG, self._frees_execution(limits) - now)
        if self.under_way >= limits.concurrent:
            raise self._asking(TOO_CONCURRENT, CONCURRENT_MS)

    def _asking(self, code: str, wait: int) -> ThrottledError:
        """Give a refusal that asks to wait for whole seconds, or says nothing of that."""
        asks = self.limits is not None and self.limits.asks
        return self._refusal(code, float(-(-max(1, wait) // 1000)) if asks else None)

    def _frees_execution(self, limits: UserLimits) -> int:
        """Tell when less of the execution time is used than there is of it."""
        used = self._executed
        for ended, took in self._served:
            used -= took
            if used < limits.execution:
                return ended + limits.window
        return self.scheduler.now

    def _end(self, service: int) -> None:
        self.under_way -= 1
        self.worked += service
        if self.limits is not None:
            self._served.append((self.scheduler.now, service))
            self._executed += service

    def _forget(self, limits: UserLimits) -> None:
        """Let go of what is older than the window."""
        since = self.scheduler.now - limits.window
        while self._arrived and self._arrived[0] <= since:
            self._arrived.popleft()
        while self._served and self._served[0][0] <= since:
            self._executed -= self._served.popleft()[1]

"""A model of one user of Dataverse and of several processes that submit in its name.

Only the governor is real; time is a heap of events. Limits are of real size: 52 calls at once,
6,000 requests and 1,200 s in 300 s.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from shared.dataverse.errors import Answer, ThrottledError
from shared.domain.allowance import Allowance
from shared.domain.protection import Protection
from shared.services.governor import Governor, Kind

EPOCH_MS = 1_790_000_000_000


@dataclass
class Events:
    """Time, and what is to happen: also the clock of every process."""

    at: float = 0.0
    heap: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.heap, (self.at + seconds, next(self.numbers), action))

    def run(self, until: float) -> None:
        while self.heap and self.heap[0][0] <= until:
            self.at, _, action = heapq.heappop(self.heap)
            action()
        self.at = until

    def monotonic(self) -> float:
        return self.at

    def now(self) -> int:
        return EPOCH_MS + round(self.at * 1000)


@dataclass
class User:
    """What Dataverse counts of the user, and refuses; `tells`: whether answers say what is left."""

    events: Events
    limits: Protection
    tells: bool = True
    under_way: int = 0
    held_until: float = 0.0
    arrivals: deque[float] = field(default_factory=deque)
    served: deque[tuple[float, float]] = field(default_factory=deque)
    time_used: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)
    accepted: list[float] = field(default_factory=list)
    ended: list[tuple[float, float]] = field(default_factory=list)

    def arrive(self) -> ThrottledError | None:
        """Let a request in, or refuse it."""
        now = self.events.at
        self._forget(now)
        if now < self.held_until:
            return self._refuse("0x80072322", self.held_until - now)
        if len(self.arrivals) >= self.limits.requests:
            self.held_until = self.arrivals[0] + self.limits.window
            return self._refuse("0x80072322", self.held_until - now)
        if self.time_used >= self.limits.execution:
            self.held_until = self.served[0][0] + self.limits.window
            return self._refuse("0x80072321", self.held_until - now)
        if self.under_way >= self.limits.at_once:
            return self._refuse("0x80072326", 2.0)
        self.under_way += 1
        self.arrivals.append(now)
        self.accepted.append(now)
        return None

    def leave(self, took: float) -> None:
        self.under_way -= 1
        self.served.append((self.events.at, took))
        self.ended.append((self.events.at, took))
        self.time_used += took

    def allowance(self) -> Allowance | None:
        self._forget(self.events.at)
        if not self.tells:
            return None
        requests = max(0, self.limits.requests - len(self.arrivals))
        left = max(0.0, self.limits.execution - self.time_used)
        return Allowance(requests, self.events.now(), left)

    def share_refused(self) -> float:
        refused = sum(self.refused.values())
        return refused / (refused + len(self.accepted))

    def _refuse(self, code: str, wait: float) -> ThrottledError:
        self.refused[code] = self.refused.get(code, 0) + 1
        return ThrottledError(Answer(429, code, "too much"), float(-(-wait // 1)))

    def _forget(self, now: float) -> None:
        since = now - self.limits.window
        while self.arrivals and self.arrivals[0] <= since:
            self.arrivals.popleft()
        while self.served and self.served[0][0] <= since:
            self.time_used -= self.served.popleft()[1]


@dataclass
class World:
    """Processes with an endless backlog; of ten submissions one is followed by a look, which is
    shared by several ends. Calls last about `lasts` s at Dataverse.

    `holds`: until when submissions wait for Dataverse's word about the user, in all processes.
    """

    processes: int
    lasts: float = 0.2
    looks: float = 0.1
    limits: Protection = field(default_factory=Protection)
    tells: bool = True
    seed: int = 1
    events: Events = field(init=False)
    user: User = field(init=False)
    holds: float = 0.0
    chance: random.Random = field(init=False)
    submitted: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.events = Events()
        self.chance = random.Random(self.seed)
        self.user = User(self.events, self.limits, self.tells)
        self.governors = [
            Governor(cast("Any", self.events), self.limits) for _ in range(self.processes)
        ]
        for governor in self.governors:
            self._work(governor)

    def run(self, seconds: float) -> World:
        self.events.run(self.events.at + seconds)
        return self

    def spent(self, since: float, until: float) -> float:
        """Give the share of what was allowed between two times: of the measure that bound."""
        windows = (until - since) / self.limits.window
        requests = sum(since < at <= until for at in self.user.accepted) / self.limits.requests
        took = sum(each for at, each in self.user.ended if since < at <= until)
        return max(requests, took / self.limits.execution) / windows

    def _work(self, governor: Governor) -> None:
        """Claim as a pump does: what there is room for, and then ask again."""
        now = self.events.at
        if now < self.holds:
            self.events.after(self.holds - now, lambda: self._work(governor))
            return
        taken = governor.take(70)
        for _ in range(taken):
            claims = self.chance.uniform(0.01, 0.03)
            self.events.after(claims, lambda: self._submit(governor))
        self.events.after(0.02 if taken else governor.again_in(), lambda: self._work(governor))

    def _submit(self, governor: Governor) -> None:
        self._call(governor, Kind.SUBMISSION, lambda: self._followed(governor))

    def _followed(self, governor: Governor) -> None:
        self.submitted.append(self.events.at)
        if self.chance.random() < self.looks:
            works = self.chance.uniform(1, 60)
            self.events.after(works, lambda: self._look(governor))

    def _look(self, governor: Governor) -> None:
        """Look at a session; while all are held back, looks are too."""
        if self.events.at < self.holds:
            self.events.after(self.holds - self.events.at, lambda: self._look(governor))
            return
        self._call(governor, Kind.LOOK, _nothing)

    def _call(self, governor: Governor, kind: Kind, done: Callable[[], None]) -> None:
        begun = governor.begin(kind)
        there = self.chance.uniform(0.01, 0.03)

        def arrives() -> None:
            error = self.user.arrive()
            if error is not None:
                self.events.after(there, lambda: self._refused(governor, begun, error))
                return
            took = self.lasts * self.chance.uniform(0.7, 1.3)
            self.events.after(took, lambda: leaves(took))

        def leaves(took: float) -> None:
            self.user.leave(took)
            told = self.user.allowance()

            def heard() -> None:
                governor.end(begun, None, told)
                done()

            self.events.after(there, heard)

        self.events.after(there, arrives)

    def _refused(self, governor: Governor, begun: Any, error: ThrottledError) -> None:
        governor.end(begun, error, self.user.allowance())
        if not error.too_many_at_once:
            self.holds = max(self.holds, self.events.at + (error.retry_after or 10.0))


def _nothing() -> None:
    return

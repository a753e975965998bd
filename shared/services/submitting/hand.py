"""A lane in hand: what this process knows of a lane that it works, and when it looks at it next."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.services.ports import Signal
from shared.services.submitting.flight import Flight
from shared.services.submitting.landing import Landing
from shared.services.submitting.settle import Settlement
from shared.storage.lanes import StoredLane
from shared.storage.table import StorageError

NEVER = math.inf
SETTLE_SECONDS = 2.0
"""How long the window waits for all calls under way before it is settled with some answers."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many calls a lane may begin, and how many are the least that are worth a claim."""

    calls: int
    least: int


@dataclass(slots=True, eq=False)
class Ticket:
    """Whoever handed a lane over waits until it is safe: let go, or named by a guard."""

    signal: Signal
    done: bool = False
    error: StorageError | None = None

    def end(self, error: StorageError | None = None) -> None:
        self.done, self.error = True, error
        self.signal.set()


@dataclass(slots=True, eq=False)
class Hand:
    """Of a lane in hand. Times in monotonic seconds.

    `stored`: the lane as this process read or wrote it last. `batch`: what is being settled, and
    `claims` what it comes to; `tried`: it may be written, and stays as it is until that is known.
    `look_at`: when to look at the lane next, whatever lands. `since`: when it had a claim last.
    `woken`: somebody says that there is something to do. `works`: it looks after the backlog;
    otherwise it only settles what is under way. `wants`: it would begin calls had it room.
    `gathered`: it has waited for slots that free within a moment. `claimed`: a claim was not noted
    yet for who looks at lanes. `owes`: the `wake_at` of a wake-up that may not have been sent.
    `failures`: how often in a row it could not be written. `busy`: a step of it is under way, which
    alone changes it.
    """

    lane_id: str
    taken_at: float
    since: float
    look_at: float = NEVER
    flight: Flight = field(default_factory=Flight)
    stored: StoredLane | None = None
    batch: list[Landing] = field(default_factory=list)
    claims: Sequence[Settlement] = ()
    tried: bool = False
    settle_at: float = NEVER
    woken: bool = True
    works: bool = True
    wants: bool = False
    gathered: bool = False
    claimed: bool = False
    owes: int = 0
    failures: int = 0
    busy: bool = False
    tickets: list[Ticket] = field(default_factory=list)

    def wake(self, now: float, ticket: Ticket) -> None:
        """Look at the lane as soon as may be."""
        self.woken = self.works = True
        self.look_at = min(self.look_at, now)
        self.tickets.append(ticket)

    def is_due(self, now: float) -> bool:
        """Say whether a step is to be made, if it has the room that it wants."""
        if self.busy:
            return False
        return self.woken or now >= self.look_at or self._is_to_settle(now)

    def due_at(self) -> float:
        """Tell when a step will be due if nothing lands."""
        return NEVER if self.busy else min(self.look_at, self.settle_at)

    def _is_to_settle(self, now: float) -> bool:
        """Settle when all have landed, one asks to wait, or some have been there for a moment."""
        if not self.flight.landed:
            return False
        if self.flight.under_way == 0 or self.flight.is_to_wait():
            return True
        self.settle_at = min(self.settle_at, now + SETTLE_SECONDS)
        return now >= self.settle_at

    @property
    def idle(self) -> bool:
        """Say whether nothing keeps the lane in hand."""
        unsettled = self.flight.under_way or self.flight.landed or self.batch
        return not (self.works or self.woken or self.busy or unsettled)

    def is_leased(self, holder: str, now_ms: int) -> bool:
        return self.stored is not None and self.stored.lane.lease.is_of(holder, now_ms)

    def take_batch(self) -> None:
        """Take what landed, to settle it; what may be written already comes first, by itself."""
        if not (self.tried and self.batch):
            self.batch += self.flight.take_landed()
            self.works = self.works or any(landing.put_back for landing in self.batch)
            self.claims = self.flight.settlements(self.batch)
            self.settle_at = NEVER

    def known(self) -> StoredLane:
        """Give the lane as it was read in this step; raises RuntimeError where it was not."""
        if self.stored is None:
            raise RuntimeError(f"lane {self.lane_id} was not read")
        return self.stored

    def forget(self) -> None:
        """Let a lane go that is not there."""
        self.works = False
        self.flight.take_landed()
        self._clear()

    def _clear(self) -> None:
        self.batch, self.claims, self.tried = [], (), False

    def settled(self) -> None:
        """Take the batch for settled: it is written."""
        self.flight.release(self.claims)
        self._clear()

    def end_tickets(self, error: StorageError | None = None) -> None:
        for ticket in self.tickets:
            ticket.end(error)
        self.tickets.clear()

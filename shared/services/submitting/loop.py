"""The loop of a process: works all lanes in hand, by who is ready next.

It never waits for one lane while another is ready. Steps of lanes are made side by side, and the
submissions of all lanes share one bounded number of calls (docs/architecture.md, "Dispatch").
"""

import math
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial

from shared.services.indexing.index import Index
from shared.services.indexing.moves import Moves
from shared.services.ports import Call, Clock, Crew, Signal
from shared.services.submitting.hand import Hand, Room, Ticket
from shared.services.submitting.landing import Claimed
from shared.services.submitting.lane_step import LaneStep
from shared.services.submitting.submit import Submit
from shared.services.submitting.watchman import Watchman
from shared.storage.table import StorageError, UnreadableRowError
from shared.telemetry import failure

STEPS = 8
"""How many lanes are looked at side by side."""

LEAST_ROOM = 8
"""So many calls at most must be able to begin for a part of a claim to be worth making."""

ALONE = 2
"""How many calls one lane may have under way, in times of those that count: most of them hang."""

RETRIES = 3
FIRST_RETRY_SECONDS = 1.0
"""A lane that cannot be written is looked at again so often, later each time; then it is let go."""


@dataclass(slots=True)
class Loop:
    """`handed`: gives the lanes that were handed over since; `signal`: set when there is news.

    `_allotted`: the lanes whose steps are under way, each with the calls that it may begin.
    `_ended`: the steps that ended, which is noted before the signal is set.
    """

    step: LaneStep
    submit: Submit
    watchman: Watchman
    index: Index
    moves: Moves
    clock: Clock
    signal: Signal
    concurrency: int
    handed: Callable[[], list[tuple[str, Ticket]]]
    hands: dict[str, Hand] = field(default_factory=dict)
    _allotted: dict[str, int] = field(default_factory=dict)
    _ended: deque[tuple[Hand, Exception | None]] = field(default_factory=deque)
    _flush: Call[None] | None = None
    _settled: bool = False
    _turned_at: float = 0.0

    def turn(self, calls: Crew, steps: Crew) -> None:
        """Do what can be done now, and wait until there is news or something is due."""
        self.take(self.handed())
        self._reap()
        self._begin(calls, steps)
        self._tell_index(calls)
        leased = self._leased()
        self.watchman.look(leased, calls, self.signal.set)
        self._end_tickets(leased)
        self._drop()
        if self.hands:
            self._rest(leased)

    def _rest(self, leased: Collection[str]) -> None:
        dues = [hand.due_at() for hand in self.hands.values()]
        # What was due at the last turn waits for a step or a call to end, which is news.
        dues = [due for due in dues if due > self._turned_at]
        now = self.clock.monotonic()
        if any(hand.wants and not hand.busy for hand in self.hands.values()):
            dues.append(now + self.step.governor.again_in())
        self.signal.wait(min([*dues, self.watchman.due_at(leased)]) - now)

    def pass_on(self, calls: Crew, steps: Crew) -> None:
        """Let all lanes go, for others to go on with; what is under way is settled here."""
        self._await_steps(retry=True)
        for hand in self.hands.values():
            if hand.works or hand.woken:
                self._do(hand, steps, partial(self.step.let_go, hand), 0)
        self._await_steps(retry=False)
        self._end_tickets(self._leased())
        self._drop()
        self._tell_index(calls)

    def finish(self) -> None:
        """Tell the index the rest."""
        if self._settled:
            self.index.flush(self.moves)

    def take(self, handed: Iterable[tuple[str, Ticket]]) -> None:
        """Take lanes in hand that were handed over."""
        now = self.clock.monotonic()
        for lane_id, ticket in handed:
            hand = self.hands.setdefault(lane_id, Hand(lane_id, taken_at=now, since=now))
            hand.wake(now, ticket)

    def fail(self, error: StorageError) -> None:
        """Tell all who wait that their lanes are in nobody's hand: their messages come again."""
        for hand in self.hands.values():
            hand.end_tickets(error)

    def _await_steps(self, *, retry: bool) -> None:
        self._reap(retry=retry)
        while self._allotted:
            self.signal.wait(math.inf)
            self._reap(retry=retry)

    def _reap(self, *, retry: bool = True) -> None:
        """See what came of the steps that have ended."""
        while self._ended:
            hand, error = self._ended.popleft()
            del self._allotted[hand.lane_id]
            hand.busy = False
            self._settled = True
            if error is None:
                hand.failures = 0
            elif isinstance(error, StorageError):
                self._retry(hand, error, retry=retry and not isinstance(error, UnreadableRowError))
            else:
                failure("lane.failed", error, lane=hand.lane_id)
                hand.end_tickets(StorageError("the lane could not be worked"))
                hand.forget()

    def _retry(self, hand: Hand, error: StorageError, *, retry: bool) -> None:
        """Look at a lane again that could not be read or written, or let it go.

        Those who handed it over are told: its message comes again. For others its guard does.
        """
        hand.stored = None
        hand.end_tickets(error)
        hand.failures += 1
        if retry and hand.failures <= RETRIES:
            wait = FIRST_RETRY_SECONDS * 2 ** (hand.failures - 1)
            hand.look_at = self.clock.monotonic() + wait
        else:
            hand.forget()

    def _begin(self, calls: Crew, steps: Crew) -> None:
        """Begin the steps that are due, those first that have been ready for longest."""
        now = self._turned_at = self.clock.monotonic()
        due = [hand for hand in self.hands.values() if hand.is_due(now)]
        wanting = [hand for hand in self.hands.values() if hand.wants and not hand.busy]
        waiting = sorted(dict.fromkeys([*due, *wanting]), key=lambda hand: hand.since)
        room, least = self._room(now), self._least()
        share = max(least, room // max(1, len(waiting)))
        for hand in waiting:
            if len(self._allotted) >= STEPS:
                return
            given = min(share, room, self._most(hand, now))
            if given < least and not hand.is_due(now):
                continue
            room -= given
            launch = partial(self._launch, calls)
            self._do(hand, steps, partial(self.step, hand, Room(given, least), launch), given)

    def _do(self, hand: Hand, steps: Crew, work: Callable[[], None], calls: int) -> None:
        """Begin a step, in which so many calls may begin."""
        hand.busy, self._allotted[hand.lane_id] = True, calls

        def do() -> None:
            error: Exception | None = None
            try:
                work()
            except Exception as raised:  # noqa: BLE001 - told by the loop
                error = raised
            self._ended.append((hand, error))
            self.signal.set()

        steps.start(do)

    def _launch(self, calls: Crew, hand: Hand, claimed: Claimed) -> None:
        hand.flight.launch(claimed, self.clock.monotonic())

        def call() -> None:
            hand.flight.land(claimed, self.submit(claimed))
            self.signal.set()

        calls.start(call)

    def _room(self, now: float) -> int:
        """Count the calls that may begin: those that hang stand in nobody's way."""
        fresh = sum(hand.flight.fresh(now) for hand in self.hands.values())
        room = min(self.concurrency - fresh, self.step.governor.room())
        return max(0, room - sum(self._allotted.values()))

    def _least(self) -> int:
        """Tell how many calls must be able to begin for a part of a claim to be worth making."""
        worth = self.step.governor.worth_claiming()
        return max(1, min(LEAST_ROOM, worth, (self.concurrency + 1) // 2))

    def _most(self, hand: Hand, now: float) -> int:
        """Count the calls that one lane may begin: half of all where others have a backlog.

        One that is slow, or was not answered yet, has an eighth then. One whose calls hang has one
        at a time, to find out: each costs the user's execution time for as long as it lasts.
        """
        under_way = hand.flight.under_way
        if not any(other.works for other in self.hands.values() if other is not hand):
            return max(0, ALONE * self.concurrency - under_way)
        if hand.flight.hangs(now):
            return max(0, 1 - under_way)
        whole = min(self.concurrency, self.step.governor.width())
        share = max(self._least(), whole // 8) if hand.flight.is_slow(now) else whole // 2
        return max(0, max(1, share) - under_way)

    def _tell_index(self, calls: Crew) -> None:
        """Tell the index what became of runs, beside the lanes: however long it takes."""
        if self._settled and (self._flush is None or self._flush.done()):
            self._settled = False
            self._flush = calls.start(partial(self.index.flush, self.moves))

    def _leased(self) -> list[str]:
        now = self.clock.now()
        holder = self.watchman.holder
        return [each.lane_id for each in self.hands.values() if each.is_leased(holder, now)]

    def _end_tickets(self, leased: Iterable[str]) -> None:
        """Tell those who handed a lane over that it is safe: let go, or named by a guard."""
        unnamed = frozenset(leased) - self.watchman.named
        for hand in self.hands.values():
            if hand.tickets and not (hand.busy or hand.woken) and hand.lane_id not in unnamed:
                hand.end_tickets()

    def _drop(self) -> None:
        for hand in [hand for hand in self.hands.values() if hand.idle]:
            hand.end_tickets()
            del self.hands[hand.lane_id]

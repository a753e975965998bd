"""Dispatching a lane: runs leave the backlog as fast as the window allows, and no faster.

Claim by transaction on the lane's ETag; submit side by side; settle the window; wake up again just
before the next slot frees (docs/architecture.md, "Dispatch").
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from shared.dataverse.errors import NotSentError
from shared.domain.lane import Lane
from shared.domain.window import Pace
from shared.services.ports import Call, Clock, Crew, Crews, Dataverse
from shared.services.submitting.submit import Claimed, Landing, Slot, Submit
from shared.services.submitting.turns import Turns
from shared.services.wake import Waker
from shared.storage.lanes import CLAIM_LIMIT, LaneTable
from shared.telemetry import event

GATHER_MS = 250
"""Slots taken one by one free one by one; this long is waited for several to claim at once."""

SETTLE_SECONDS = 2.0
"""How long the window waits for all answers of a round before it is settled with some of them."""

BUDGET_SECONDS = 240.0
"""How long one invocation goes on claiming; hosts end one after five minutes at the least."""


class _Step(Enum):
    CLAIMED = auto()
    GATHERED = auto()
    LOST = auto()
    FULL = auto()
    EMPTY = auto()
    BUSY = auto()


@dataclass(slots=True)
class _Flight:
    """The submissions of this invocation: calls under way, and the slots each claim holds."""

    crew: Crew
    calls: list[Call[Landing]] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)

    def launch(self, claimed: Claimed, submit: Submit) -> None:
        self.held[claimed.claim] = self.held.get(claimed.claim, 0) + 1
        self.calls.append(self.crew.start(lambda: submit(claimed)))

    def under_way(self) -> list[Call[Landing]]:
        return [call for call in self.calls if not call.done()]

    def is_to_wait(self) -> bool:
        """Say whether an answer that came, and was not settled yet, asks the lane to wait."""
        return any(call.done() and call.result().asks_to_wait for call in self.calls)

    def make_room(self, most: int, seconds: float) -> None:
        """Wait until no more than `most` calls are under way, the oldest of them having ended."""
        calls = self.under_way()
        self.crew.wait(calls[: max(0, len(calls) - most)], seconds)

    def land(self, seconds: float) -> list[Landing]:
        """Wait for the answers, and give those that came."""
        self.crew.wait(self.calls, seconds)
        done = [call for call in self.calls if call.done()]
        self.calls = [call for call in self.calls if not any(call is other for other in done)]
        return [call.result() for call in done]


@dataclass(frozen=True, slots=True)
class _Settlement:
    """What came of some submissions of one claim that holds `held` slots."""

    claim: str
    held: int
    answered_at: list[int]
    unsent: int


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Works one lane; several instances may do so at once."""

    lanes: LaneTable
    submit: Submit
    dataverse: Dataverse
    waker: Waker
    crews: Crews
    clock: Clock
    pace: Pace
    concurrency: int
    turns: Turns = field(default_factory=Turns)

    def __call__(self, lane_id: str) -> None:
        """Submit what waits while there are slots; raises StorageUnavailableError."""
        if not self.turns.take(lane_id):
            return
        ends = self.clock.monotonic() + BUDGET_SECONDS
        try:
            self._dispatch(lane_id, ends)
            while self.turns.look_again(lane_id):
                if self.clock.monotonic() >= ends:
                    self.turns.give_up(lane_id)
                    self.waker.wake_soon(lane_id)
                    return
                self._dispatch(lane_id, ends)
        except BaseException:
            self.turns.give_up(lane_id)  # its message comes again
            raise

    def _dispatch(self, lane_id: str, ends: float) -> None:
        with self.crews(self.concurrency) as crew:
            flight = _Flight(crew)
            try:
                self._work(lane_id, flight, ends)
            finally:
                while flight.calls:
                    self._settle(lane_id, flight, flight.land(self.pace.deadline / 1000))

    def _work(self, lane_id: str, flight: _Flight, ends: float) -> None:
        self.waker.arrived(lane_id)
        if not self.lanes.backlog(lane_id, 1):
            return
        step = _Step.LOST
        while self.clock.monotonic() < ends:
            if flight.is_to_wait():  # what it was about is in the backlog again, and next in turn
                self._settle(lane_id, flight, flight.land(0))
            step = self._claim(lane_id, flight, gather=step is not _Step.GATHERED)
            if step is _Step.BUSY:
                flight.make_room(self.concurrency - self._least_room(), SETTLE_SECONDS)
            elif step is _Step.FULL or step is _Step.EMPTY:
                if flight.calls:
                    self._settle(lane_id, flight, flight.land(SETTLE_SECONDS))
                elif step is _Step.EMPTY or not self._rest(lane_id):
                    return
        self.waker.wake_soon(lane_id)

    def _rest(self, lane_id: str) -> bool:
        """Wait here until the lane is ready; False if a wake-up comes for that instead."""
        wait = self.waker.wake_when_ready(lane_id)
        if wait is None:
            return False
        self.clock.sleep(wait)
        return True

    def _claim(self, lane_id: str, flight: _Flight, *, gather: bool) -> _Step:
        """Take as many runs as there are slots, and calls that can begin now, and launch them."""
        stored = self.lanes.read(lane_id)
        due = self.lanes.backlog(lane_id, CLAIM_LIMIT)
        if stored is None or not due:
            return _Step.EMPTY
        now, started = self.clock.now(), self.clock.monotonic()
        finds_out = stored.lane.back_off and flight.calls  # whether Dataverse can be reached
        free = 0 if finds_out else stored.lane.free(now, self.pace)
        if gather and free < len(due) and self._gather(stored.lane, now):
            return _Step.GATHERED
        room = self.concurrency - len(flight.under_way())
        if free and room < min(free, len(due), self._least_room()):
            return _Step.BUSY
        if free == 0 or not self._reachable(lane_id):
            return _Step.FULL
        taken = due[: min(free, room)]
        claim = self.clock.random_bytes(9).hex()
        claimed = self.lanes.claim(
            stored,
            taken,
            claim,
            at=now,
            pace=self.pace,
            callback_base=self.submit.callback_base,
            callback_key=self.submit.signer.key_id,
        )
        if not claimed:
            return _Step.LOST
        event("lane.claimed", lane=lane_id, claim=claim, runs=len(taken), free=free)
        ends = started + self.pace.deadline / 1000
        for place in taken:
            submission = Claimed(place.run_id, claim, now, ends, stored.lane.connection)
            flight.launch(submission, self.submit)
        return _Step.CLAIMED

    def _least_room(self) -> int:
        """Give how many calls must be able to begin for a part of a claim to be worth making."""
        return (self.concurrency + 1) // 2

    def _reachable(self, lane_id: str) -> bool:
        """Make sure of a token before slots are taken; without one the lane backs away."""
        try:
            self.dataverse.prepare()
        except NotSentError as error:
            lane = self.lanes.change(lane_id, lambda lane: lane.back_away(self.clock.now()))
            event("lane.backed_away", lane=lane_id, back_off=lane.back_off, reason=str(error))
            return False
        return True

    def _gather(self, lane: Lane, now: int) -> bool:
        """Wait for the slots that free within a moment; False where none does."""
        if lane.paused_until > now:
            return False
        last = lane.window.last_free_by(now, now + GATHER_MS, self.pace)
        if last <= now:
            return False
        self.clock.sleep((last - now) / 1000)
        return True

    def _settle(self, lane_id: str, flight: _Flight, landings: Sequence[Landing]) -> None:
        """Exchange the long holds of these submissions for what came of them, in one write."""
        if not landings:
            return
        settlements = list(_settlements(flight, landings))
        self.lanes.change(lane_id, lambda lane: self._settled(lane, settlements, landings))
        for settlement in settlements:
            flight.held[settlement.claim] -= len(settlement.answered_at) + settlement.unsent

    def _settled(
        self, lane: Lane, settlements: Iterable[_Settlement], landings: Sequence[Landing]
    ) -> Lane:
        window = lane.window
        for claim in settlements:
            window = window.settle(
                claim.claim, claim.held, claim.answered_at, claim.unsent, self.pace
            )
        if window == lane.window:
            return lane
        lane = replace(lane, window=window)
        asked = max(landing.pause_until for landing in landings)
        if asked:
            lane = lane.throttled(asked, self.clock.now())
        if any(landing.unreachable for landing in landings):
            lane = lane.back_away(self.clock.now())
        if any(landing.asks_to_wait for landing in landings):
            return lane
        reached = any(landing.slot is Slot.ANSWERED for landing in landings)
        return replace(lane, back_off=0) if reached else lane


def _settlements(flight: _Flight, landings: Iterable[Landing]) -> Iterator[_Settlement]:
    by_claim: dict[str, list[Landing]] = defaultdict(list)
    for landing in landings:
        by_claim[landing.claim].append(landing)
    for claim, of_claim in by_claim.items():
        yield _Settlement(
            claim,
            flight.held[claim],
            [landing.at for landing in of_claim if landing.slot is Slot.ANSWERED],
            sum(landing.slot is Slot.UNSENT for landing in of_claim),
        )

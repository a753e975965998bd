"""Dispatching a lane: runs leave the backlog as fast as the window allows, and no faster.

Claim by transaction on the lane's ETag; submit side by side; settle the window; wake up again just
before the next slot frees (docs/architecture.md, "Dispatch").
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from shared.dataverse.errors import NotSentError
from shared.domain.lane import Lane, Setback
from shared.domain.pause import Why
from shared.domain.window import Pace
from shared.services.governor import Governor
from shared.services.hold import EnvironmentHold
from shared.services.indexing.index import Index
from shared.services.indexing.moves import Moves
from shared.services.keep_states import KeepStates
from shared.services.note_allowance import NoteAllowance
from shared.services.pausing import change_telling
from shared.services.ports import Clock, Crews, Dataverse
from shared.services.submitting.flight import Flight
from shared.services.submitting.landing import Claimed, Landing
from shared.services.submitting.room import await_room
from shared.services.submitting.settle import settled, settlements
from shared.services.submitting.submit import Submit
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
    NO_ROOM = auto()


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Works one lane; several instances may do so at once.

    `moves` gathers what its submissions change of runs, for the index to be told with each round.
    """

    lanes: LaneTable
    submit: Submit
    dataverse: Dataverse
    hold: EnvironmentHold
    governor: Governor
    waker: Waker
    keep_state: KeepStates
    allowance: NoteAllowance
    crews: Crews
    clock: Clock
    pace: Pace
    concurrency: int
    index: Index
    moves: Moves
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
            flight = Flight(crew)
            try:
                self._work(lane_id, flight, ends)
            finally:
                while flight.calls:
                    self._settle(lane_id, flight, flight.land(self.pace.deadline / 1000))
            if flight.held:
                self.keep_state(lane_id)
                self.allowance()

    def _work(self, lane_id: str, flight: Flight, ends: float) -> None:
        self.waker.arrived(lane_id)
        if not self.lanes.backlog(lane_id, 1):
            return
        step, began = _Step.LOST, self.clock.monotonic()
        while self.clock.monotonic() < ends:
            if flight.is_to_wait():  # what it was about is in the backlog again, and next in turn
                self._settle(lane_id, flight, flight.land(0))
            step = self._claim(lane_id, flight, gather=step is not _Step.GATHERED)
            if step is _Step.BUSY:
                flight.make_room(self.concurrency - self._least_room(), SETTLE_SECONDS)
            elif step is _Step.NO_ROOM:
                self._await_room(lane_id, flight)
            elif step is _Step.FULL or step is _Step.EMPTY:
                self.keep_state.now_and_then(lane_id, began)  # now that nothing can be sent
                self.allowance()
                if flight.calls:
                    self._settle(lane_id, flight, flight.land(SETTLE_SECONDS))
                elif step is _Step.EMPTY or not self._rest(lane_id, flight.due_at):
                    break
        else:
            self.waker.wake_soon(lane_id)
        if not flight.held:
            self.keep_state.now_and_then(lane_id)

    def _await_room(self, lane_id: str, flight: Flight) -> None:
        """Wait until the user has room; where that takes long, the lane says so (room.py)."""
        under_way = flight.under_way()
        if under_way and self.governor.pause() is None:
            flight.make_room(len(under_way) // 2, SETTLE_SECONDS)
        elif flight.calls:
            seconds = min(SETTLE_SECONDS, self.governor.again_in())
            self._settle(lane_id, flight, flight.land(seconds))
        else:
            await_room(self.governor, self.lanes, self.clock, lane_id)

    def _rest(self, lane_id: str, due_at: int) -> bool:
        """Wait here until the lane is ready; False if a wake-up comes for that instead."""
        wait = self.waker.wake_when_ready(lane_id, due_at)
        if wait is None:
            return False
        self.clock.sleep(wait)
        return True

    def _claim(self, lane_id: str, flight: Flight, *, gather: bool) -> _Step:
        """Take as many runs as there are slots, and calls that can begin now, and launch them."""
        stored = self.lanes.read(lane_id)
        places = self.lanes.backlog(lane_id, CLAIM_LIMIT)
        if stored is None or not places:
            return _Step.EMPTY
        now, started = self.clock.now(), self.clock.monotonic()
        flight.due_at = places[0].due_at
        # Whoever wrote a place may have a clock that is ahead.
        due = [place for place in places if place.due_at <= now + self.pace.margin]
        free = stored.lane.free(now, self.pace) if due else 0
        if gather and free < len(due) and self._gather(stored.lane, now):
            return _Step.GATHERED
        room = self.concurrency - len(flight.under_way())
        if free and room < min(free, len(due), self._least_room()):
            return _Step.BUSY
        if free == 0 or not self._may_go(lane_id):
            return _Step.FULL
        taken = due[: 1 if self.hold.finds_out else min(free, room)]
        taken = taken[: self.governor.take(len(taken))]
        claim = self.clock.random_bytes(9).hex()
        claimed = bool(taken) and self.lanes.claim(
            stored,
            taken,
            claim,
            at=now,
            pace=self.pace,
            callback_base=self.submit.address.base(),
            callback_key=self.submit.signer.key_id,
        )
        if not claimed:
            self.governor.give_back(len(taken))
            return _Step.LOST if taken else _Step.NO_ROOM
        event("lane.claimed", lane=lane_id, claim=claim, runs=len(taken), free=free)
        ends = started + self.pace.deadline / 1000
        for place in taken:
            submission = Claimed(place.run_id, claim, now, ends, stored.lane.connection)
            flight.launch(submission, self.submit)
        return _Step.CLAIMED

    def _least_room(self) -> int:
        """Give how many calls must be able to begin for a part of a claim to be worth making."""
        return (self.concurrency + 1) // 2

    def _may_go(self, lane_id: str) -> bool:
        """Make sure of a token before slots are taken, and that Dataverse wants to be asked."""
        try:
            self.dataverse.prepare()
        except NotSentError as error:
            setback = Setback(Why.NO_TOKEN, str(error))
            change_telling(
                self.lanes, lane_id, lambda lane: lane.set_back(setback, self.clock.now())
            )
            return False
        held = self.hold.keeps()
        if held is not None:
            change_telling(self.lanes, lane_id, lambda lane: lane.wait(held))
        return held is None

    def _gather(self, lane: Lane, now: int) -> bool:
        """Wait for the slots that free within a moment; False where none does."""
        if lane.waits(now) or lane.back_off:
            return False
        last = lane.window.last_free_by(now, now + GATHER_MS, self.pace)
        if last <= now:
            return False
        self.clock.sleep((last - now) / 1000)
        return True

    def _settle(self, lane_id: str, flight: Flight, landings: Sequence[Landing]) -> None:
        """Exchange the long holds of these submissions for what came of them, in one write."""
        if not landings:
            return
        claims = settlements(flight.held, landings)
        change_telling(
            self.lanes,
            lane_id,
            lambda lane: settled(lane, claims, landings, self.clock.now(), self.pace),
        )
        # Beside the claims: however long the index takes, the lane goes on.
        flight.crew.start(lambda: self.index.flush(self.moves))
        for claim in claims:
            flight.held[claim.claim] -= claim.released

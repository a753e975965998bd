"""A step of a lane in hand: settle what landed, and claim what can be sent, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.dataverse.errors import NotSentError
from shared.domain.lane import Lane, Setback
from shared.domain.lease import RENEW_MS
from shared.domain.pause import Pause, Why
from shared.domain.window import Pace
from shared.services.governor import Governor
from shared.services.hold import EnvironmentHold
from shared.services.keep_states import KeepStates
from shared.services.note_allowance import NoteAllowance
from shared.services.pausing import tell_pause
from shared.services.ports import Clock, Dataverse
from shared.services.submitting.address import CallbackAddress
from shared.services.submitting.hand import NEVER, Hand, Room
from shared.services.submitting.landing import Claimed
from shared.services.submitting.settle import settled
from shared.services.wake import STAY_MS, Waker, arrived, to_be_woken
from shared.storage.lanes import CLAIM_LIMIT, LaneTable
from shared.storage.rows import Place
from shared.telemetry import event

GATHER_MS = 250
"""Slots taken one by one free one by one; this long is waited for several to claim at once."""

SHORT_MS = 2_000
"""A wait for the user's allowance up to this is over before anybody has read of it."""


Launch = Callable[[Hand, Claimed], None]
"""Begins a submission, side by side with others."""


@dataclass(frozen=True, slots=True)
class LaneStep:
    """`holder`: this instance, by the name that its leases carry."""

    lanes: LaneTable
    dataverse: Dataverse
    hold: EnvironmentHold
    governor: Governor
    address: CallbackAddress
    key_id: str
    waker: Waker
    keep_state: KeepStates
    allowance: NoteAllowance
    clock: Clock
    pace: Pace
    holder: str = ""

    def __call__(self, hand: Hand, room: Room, launch: Launch) -> None:
        """Look at a lane, and do what can be done for it.

        Raises StorageError: what was not written is written by the next step.
        """
        woken, hand.woken = hand.woken, False
        hand.look_at, hand.wants = NEVER, False
        if woken:  # perhaps during a step that was about to let it go
            hand.works, hand.stored = True, None  # whoever woke it may have left a word there
        stored = hand.stored = hand.stored or self.lanes.read(hand.lane_id)
        if stored is None:
            hand.forget()
            return
        now = self.clock.now()
        hand.take_batch()
        lane = settled(stored.lane, hand.claims, hand.batch, now, self.pace)
        if lane.lease.is_anothers(self.holder, now):
            hand.works = False
        places = self.lanes.backlog(hand.lane_id, CLAIM_LIMIT) if hand.works else []
        if not hand.works:
            self._write(hand, lane)
        elif not places:
            self._find_empty(hand, lane, now)
        else:
            self._submit(hand, lane, places, room, launch)

    def let_go(self, hand: Hand) -> None:
        """Let go a lane that another invocation is to go on with, at once; raises StorageError."""
        self.lanes.change(hand.lane_id, lambda lane: self._let_go(lane, self.clock.now()))
        hand.works = hand.woken = False
        hand.stored = None
        self.waker.wake_soon(hand.lane_id)

    def _find_empty(self, hand: Hand, lane: Lane, now: int) -> None:
        """Have whoever queues a run from now on wake the lane, and look once more after that."""
        after = self._let_go(lane, now)
        if not self._write(hand, after):
            return
        if after != lane:
            hand.look_at = self.clock.monotonic()
            return
        hand.works = False
        self._note(hand)

    def _submit(
        self, hand: Hand, lane: Lane, places: Sequence[Place], room: Room, launch: Launch
    ) -> None:
        now, started = self.clock.now(), self.clock.monotonic()
        # Whoever wrote a place may have a clock that is ahead.
        due = [place for place in places if place.due_at <= now + self.pace.margin]
        free = lane.free(now, self.pace) if due else 0
        if self._gathers(hand, lane, free, len(due), now):
            return
        spent = self._spent() if free else None
        if spent is not None:
            lane, free = lane.wait(spent), 0
        if room.calls < min(free, len(due), room.least):
            self._want(hand, lane)
            return
        if free:
            lane, free = self._permitted(lane, free)
        if not free:
            self._wait(hand, lane, places[0].due_at)
            return
        taken = due[: 1 if self.hold.finds_out else min(free, room.calls)]
        taken = taken[: self.governor.take(len(taken))]
        if not taken:
            self._want(hand, lane)
            return
        more = len(places) > len(taken) or len(places) == CLAIM_LIMIT
        self._claim(hand, lane, taken, more=more, at=now, started=started, launch=launch)

    def _claim(
        self,
        hand: Hand,
        lane: Lane,
        taken: Sequence[Place],
        *,
        more: bool,
        at: int,
        started: float,
        launch: Launch,
    ) -> None:
        """Take runs, and launch them; the backlog is read again, whatever comes of it."""
        stored, hand.tried = hand.known(), True
        hand.look_at, claim = self.clock.monotonic(), self.clock.random_bytes(9).hex()
        hand.stored = self.lanes.claim(
            stored,
            taken,
            claim,
            settled=self._held(lane, at) if more else self._let_go(lane, at),
            at=at,
            pace=self.pace,
            callback_base=self.address.base(),
            callback_key=self.key_id,
        )
        if hand.stored is None:
            self.governor.give_back(len(taken))
            return
        hand.settled()
        hand.claimed, hand.since = True, hand.look_at
        tell_pause(stored.lane, hand.stored.lane)
        event("lane.claimed", lane=lane.id, claim=claim, runs=len(taken))
        ends = started + self.pace.deadline / 1000
        for place in taken:
            launch(hand, Claimed(place.run_id, claim, at, ends, lane.connection))

    def _gathers(self, hand: Hand, lane: Lane, free: int, due: int, now: int) -> bool:
        """Wait for the slots that free within a moment, once; False where none does."""
        again, hand.gathered = hand.gathered, False
        if again or not due or free >= due or lane.waits(now) or lane.back_off:
            return False
        last = lane.window.last_free_by(now, now + GATHER_MS, self.pace)
        if last <= now:
            return False
        hand.gathered = True
        hand.look_at = self.clock.monotonic() + (last - now) / 1000
        return True

    def _spent(self) -> Pause | None:
        """Give the wait for the user's allowance, if it is one that anybody would notice."""
        pause = self.governor.pause()
        noticed = pause is not None and pause.until - self.clock.now() > SHORT_MS
        return pause if noticed else None

    def _permitted(self, lane: Lane, free: int) -> tuple[Lane, int]:
        """Make sure of a token before slots are taken, and that Dataverse wants to be asked."""
        try:
            self.dataverse.prepare()
        except NotSentError as error:
            return lane.set_back(Setback(Why.NO_TOKEN, str(error)), self.clock.now()), 0
        held = self.hold.keeps()
        return (lane, free) if held is None else (lane.wait(held), 0)

    def _wait(self, hand: Hand, lane: Lane, due_at: int) -> None:
        """Wait until the lane is ready: here, if that is soon, or until it is woken."""
        now = self.clock.now()
        ready_at = max(due_at, lane.ready_at(now, self.pace))
        wait = ready_at - now
        if wait > STAY_MS and not (hand.flight.under_way or hand.flight.landed):
            self._leave(hand, lane, ready_at)
            return
        self._hold(hand, lane, wait)
        self._note(hand)

    def _want(self, hand: Hand, lane: Lane) -> None:
        """Keep the lane until there is room for its calls."""
        hand.wants = True
        self._hold(hand, lane, RENEW_MS)

    def _hold(self, hand: Hand, lane: Lane, wait: int) -> None:
        """Keep the lane, and look again after so many ms, or when its lease is to be renewed."""
        now = self.clock.now()
        if self._write(hand, self._held(lane, now)):
            hand.look_at = self.clock.monotonic() + min(max(0, wait), RENEW_MS) / 1000

    def _leave(self, hand: Hand, lane: Lane, ready_at: int) -> None:
        """Let a lane go, and have it woken when it is ready."""
        now = self.clock.now()
        after = to_be_woken(self._let_go(lane, now), now, ready_at)
        if after.wake_at != lane.wake_at:
            hand.owes = after.wake_at
        if not self._write(hand, after):
            return
        if hand.owes and hand.owes == after.wake_at:
            self.waker.send_for(after)
        hand.owes, hand.works = 0, False
        self._note(hand)

    def _held(self, lane: Lane, now: int) -> Lane:
        """Keep the lane; the wake-up that brought it here has come."""
        return arrived(lane.held_by(self.holder, now), now, self.pace)

    def _let_go(self, lane: Lane, now: int) -> Lane:
        """End the lease; the wake-up that brought the lane here has come."""
        return arrived(lane.let_go_by(self.holder), now, self.pace)

    def _write(self, hand: Hand, after: Lane) -> bool:
        """Write the lane; if somebody has changed it since, it is looked at again."""
        stored, hand.tried = hand.known(), True
        hand.stored = self.lanes.write(stored, after)
        if hand.stored is None:
            hand.look_at = self.clock.monotonic()
            return False
        hand.settled()
        tell_pause(stored.lane, after)
        return True

    def _note(self, hand: Hand) -> None:
        """Note how the lane stands, for whoever looks, now that nothing can be sent."""
        if hand.claimed and not hand.works:
            hand.claimed = False
            self.keep_state(hand.lane_id)
        else:
            self.keep_state.now_and_then(hand.lane_id, hand.taken_at)
        self.allowance()

"""A lane: one connection's submission window, and when it may submit again."""

from dataclasses import dataclass, field, replace

from shared.domain.lease import LEASE_MS, NO_LEASE, RENEW_MS, Lease
from shared.domain.minutes import NO_MINUTES, Minutes
from shared.domain.pause import LONGEST, NO_PAUSE, Pause, growing
from shared.domain.window import Pace, SubmissionWindow

FIRST_BACK_OFF = 2_000
LAST_BACK_OFF = 60_000


@dataclass(frozen=True, slots=True)
class Setback:
    """Why a lane cannot go on: a code, words, and for how long it is asked to wait (ms)."""

    code: str
    message: str
    asked: int = 0
    first: int = FIRST_BACK_OFF


@dataclass(frozen=True, slots=True)
class Lane:
    """Times in ms since the epoch. `last_claim` tells an instance that a claim was its own.

    `pause`: until when it waits by itself, and why; `stopped`: until when an operator has it wait.
    `ended`: the last of both that was let go, with its end: runs say that they waited for it.
    `wake_at`: when the last wake-up that was set comes. `back_off`: how many times in a row
    it was set back: Dataverse could not be reached, or asked this connection for less.
    `finder_until`: how long the run that finds out whether it may go on is waited for.
    `lease`: which instance works it.
    `minutes`: how many submissions were claimed in each of the last ones, for who looks at it.
    """

    id: str
    environment: str
    connection: str
    window: SubmissionWindow = field(default_factory=SubmissionWindow)
    pause: Pause = NO_PAUSE
    stopped: Pause = NO_PAUSE
    ended: Pause = NO_PAUSE
    wake_at: int = 0
    back_off: int = 0
    finder_until: int = 0
    last_claim: str = ""
    lease: Lease = NO_LEASE
    minutes: Minutes = NO_MINUTES

    @property
    def paused_until(self) -> int:
        """Tell when all pauses are over."""
        return max(self.pause.until, self.stopped.until)

    @property
    def last_pause(self) -> Pause:
        """Give the pause that is over last; of a lane that submits, the one that was."""
        return max(self.stopped, self.pause, self.ended, key=lambda pause: pause.until)

    def waits(self, now: int) -> Pause | None:
        """Give the pause that keeps the lane from submitting; an operator's comes first."""
        return next((each for each in (self.stopped, self.pause) if each.holds(now)), None)

    def is_unused(self, now: int, since: int) -> bool:
        """Say whether it keeps nothing that counts: it does not wait, and held no slot since then.

        A lane that is made anew has all its slots.
        """
        return self.waits(now) is None and self.window.held_until <= since

    def free(self, now: int, pace: Pace) -> int:
        """Count the slots that may be claimed now; none while the lane is paused.

        After a setback one run finds out for all whether they may go on.
        """
        if self.waits(now):
            return 0
        free = self.window.free(now, pace)
        if not self.back_off:
            return free
        return 0 if self.finder_until > now else min(free, 1)

    def ready_at(self, now: int, pace: Pace) -> int:
        """Tell when the lane can claim next: `now`, or when its pause and a hold are over."""
        found_out = self.finder_until if self.back_off else 0
        return max(self.paused_until, found_out, self.window.next_free_at(now, pace))

    def expected_at(self, place: int, now: int, pace: Pace) -> int:
        """Tell when the run with so many before it should be submitted."""
        return self.window.expected_at(place, max(now, self.paused_until), pace)

    def has_live_wake_up(self, now: int, ready_at: int) -> bool:
        """Say whether a wake-up comes, and no later than the lane is ready.

        A lane that is full while calls are in flight shows their long holds; a wake-up that was
        set for those is minutes late once the answers are in, and does not count.
        """
        return now < self.wake_at <= ready_at

    def held_by(self, holder: str, now: int) -> "Lane":
        """Lease the lane to an instance; a lease that has long to go is left as it is."""
        if self.lease.is_of(holder, now + RENEW_MS):
            return self
        return replace(self, lease=Lease(holder, now + LEASE_MS))

    def let_go_by(self, holder: str) -> "Lane":
        """End the lease, if it is this instance's."""
        return replace(self, lease=NO_LEASE) if self.lease.holder == holder else self

    def take(self, claim: str, count: int, now: int, pace: Pace) -> "Lane":
        """Take slots for a claim; one that finds out has its deadline to do so."""
        window = self.window.take(claim, count, now, pace)
        finder_until = now + pace.deadline if self.back_off else 0
        return replace(
            self,
            window=window,
            last_claim=claim,
            finder_until=finder_until,
            minutes=self.minutes.add(count, now),
        )

    def wait(self, pause: Pause) -> "Lane":
        """Wait for a reason; a wait is never shortened."""
        return self if pause.until <= self.pause.until else replace(self, pause=pause)

    def set_back(self, setback: Setback, now: int) -> "Lane":
        """Pause twice as long each time in a row, or for as long as is asked.

        A lane that pauses already has heard of it: many calls fail together, for one reason.
        """
        if self.pause.holds(now):
            return self.wait(replace(self.pause, until=now + min(setback.asked, LONGEST)))
        wait = growing(setback.asked, self.back_off, first=setback.first, last=LAST_BACK_OFF)
        same = self.back_off > 0 and self.pause.code == setback.code
        since = self.pause.since if same else now
        pause = Pause(now + wait, setback.code, setback.message, since)
        return replace(self.wait(pause), back_off=self.back_off + 1)

    def found_out(self, claim: str) -> "Lane":
        """Wait no longer for the run of this claim to find out."""
        return replace(self, finder_until=0) if self.last_claim == claim else self

    def go_on(self, now: int) -> "Lane":
        """Go on: Dataverse has answered. What was answered before a pause says nothing of it."""
        if self.pause.holds(now):
            return self
        return replace(self, pause=NO_PAUSE, back_off=0, ended=self._let_go(self.pause))

    def stop(self, pause: Pause) -> "Lane":
        """Wait as an operator says; the same again changes nothing."""
        since = self.stopped.since if self.stopped.holds(pause.since) else pause.since
        return replace(self, stopped=replace(pause, since=since))

    def resume(self, now: int) -> "Lane":
        """Wait for the operator no longer."""
        over = replace(self.stopped, until=min(self.stopped.until, now))
        return replace(self, stopped=NO_PAUSE, ended=self._let_go(over))

    def _let_go(self, pause: Pause) -> Pause:
        """Give the pause that was let go last, now that this one is."""
        return max(self.ended, pause, key=lambda each: each.until)

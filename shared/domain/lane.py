"""A lane: one connection's submission window, and when it may submit again."""

from dataclasses import dataclass, field, replace

from shared.domain.window import Pace, SubmissionWindow

FIRST_BACK_OFF = 2_000
LAST_BACK_OFF = 60_000
LEAST_PAUSE = 1_000
"""The shortest pause of a throttled lane: Dataverse may say that no wait is needed, and mean it
not."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Times in ms since the epoch. `last_claim` tells an instance that a claim was its own.

    `wake_at`: when the last wake-up that was set comes. `back_off`: how many times in a row
    Dataverse could not be reached, refused the app, or asked for less.
    """

    id: str
    environment: str
    connection: str
    window: SubmissionWindow = field(default_factory=SubmissionWindow)
    paused_until: int = 0
    wake_at: int = 0
    back_off: int = 0
    last_claim: str = ""

    def free(self, now: int, pace: Pace) -> int:
        """Count the slots that may be claimed now; none while the lane is paused.

        After a pause one run finds out for all whether they may go on.
        """
        if self.paused_until > now:
            return 0
        free = self.window.free(now, pace)
        return min(free, 1) if self.back_off else free

    def ready_at(self, now: int, pace: Pace) -> int:
        """Tell when the lane can claim next: `now`, or when its pause and a hold are over."""
        return max(self.paused_until, self.window.next_free_at(now, pace))

    def expected_at(self, place: int, now: int, pace: Pace) -> int:
        """Tell when the run with so many before it should be submitted."""
        return self.window.expected_at(place, max(now, self.paused_until), pace)

    def has_live_wake_up(self, now: int, ready_at: int) -> bool:
        """Say whether a wake-up comes, and no later than the lane is ready.

        A lane that is full while calls are in flight shows their long holds; a wake-up that was
        set for those is minutes late once the answers are in, and does not count.
        """
        return now < self.wake_at <= ready_at

    def pause(self, until: int) -> "Lane":
        return self if until <= self.paused_until else replace(self, paused_until=until)

    def throttled(self, until: int, now: int) -> "Lane":
        """Pause until then, as Dataverse asks; longer each time in a row, whatever it asks.

        A lane that pauses already has heard of it: many calls are throttled together.
        """
        if self.paused_until > now:
            return self.pause(until)
        least = min(LAST_BACK_OFF, LEAST_PAUSE * 2 ** min(self.back_off, 10))
        return replace(self, paused_until=max(until, now + least), back_off=self.back_off + 1)

    def back_away(self, now: int) -> "Lane":
        """Pause after a failure to reach Dataverse: twice as long each time in a row.

        A lane that pauses already has heard of it: many calls fail together, for one reason.
        """
        if self.paused_until > now:
            return self
        wait = min(LAST_BACK_OFF, FIRST_BACK_OFF * 2 ** min(self.back_off, 10))
        return replace(self, paused_until=now + wait, back_off=self.back_off + 1)

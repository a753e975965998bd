"""A flight: the submissions of one lane that this process has under way."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.services.submitting.landing import Claimed, Landing
from shared.services.submitting.settle import Settlement, settlements

OLD_SECONDS = 10.0
"""A call that takes longer hangs, and stands in nobody's way any more."""

SLOW_SECONDS = 3.0
"""A lane whose calls take longer gets few of those that all share: what it holds, it holds for
long. Five seconds a call are still time enough for 70 a minute by an eighth of 48."""


@dataclass(slots=True)
class Flight:
    """`held`: the slots that each claim holds, as this process knows it.

    `begun`: when each call under way began (monotonic s), by its run; `landed`: what came of those
    that ended, until it is settled; `answers`: whether any did. Calls end in threads of their own.
    """

    held: dict[str, int] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    landed: list[Landing] = field(default_factory=list)
    answers: bool = False

    def launch(self, claimed: Claimed, at: float) -> None:
        """Count a call that begins now."""
        self.held[claimed.claim] = self.held.get(claimed.claim, 0) + 1
        self.begun[claimed.run_id] = at

    def land(self, claimed: Claimed, landing: Landing) -> None:
        """Take what came of a call: before it counts as over, so that nothing is overlooked."""
        self.landed.append(landing)
        self.answers = True
        self.begun.pop(claimed.run_id, None)

    @property
    def under_way(self) -> int:
        return len(self.begun)

    def fresh(self, now: float) -> int:
        """Count the calls that do not hang."""
        return sum(now - began < OLD_SECONDS for began in list(self.begun.values()))

    def hangs(self, now: float) -> bool:
        return self.fresh(now) < self.under_way

    def is_slow(self, now: float) -> bool:
        """Say whether the lane is not known to be answered soon: a call is slow, or none ended."""
        slow = any(now - began >= SLOW_SECONDS for began in list(self.begun.values()))
        return slow or not self.answers

    def is_to_wait(self) -> bool:
        """Say whether an answer that came, and was not settled yet, asks the lane to wait."""
        return any(landing.asks_to_wait for landing in list(self.landed))

    def take_landed(self) -> list[Landing]:
        """Take what landed up to now, to settle it."""
        count = len(self.landed)  # more may land meanwhile
        taken = self.landed[:count]
        del self.landed[:count]
        return taken

    def settlements(self, landings: Sequence[Landing]) -> list[Settlement]:
        """Put landings of each claim together, beside the slots that it holds."""
        return settlements(self.held, landings)

    def release(self, claims: Sequence[Settlement]) -> None:
        """Count the slots of these claims as released: the window is settled so."""
        for each in claims:
            self.held[each.claim] -= each.released

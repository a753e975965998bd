"""A budget: one measure of what a user may spend in a sliding window, requests or seconds.

Dataverse's word counts, which knows all processes; where it says nothing, what this process spent.
Times are seconds that never go back.
"""

from dataclasses import dataclass, replace

RESERVED = 0.1
"""The share that submissions leave to callbacks, looks and cancellations."""

LATELY = 2
"""For so many windows the most that was told counts as the limit: one odd number must not count for
ever."""

SLICES = 60
"""In so many slices of the window is added up what was spent; one leaves it as a whole."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`documented`: what a window holds, unless Dataverse has told of more lately (`most`).

    `spent`: what this process spent, by the numbers of slices. `told`: what Dataverse said last
    that is left, at `told_at`, and `since`: what this process spent after that.
    """

    documented: float
    window: float
    spent: tuple[tuple[int, float], ...] = ()
    told: float | None = None
    told_at: float = 0.0
    since: float = 0.0
    most: float = 0.0
    most_at: float = 0.0

    @property
    def limit(self) -> float:
        return max(self.documented, self.most)

    @property
    def reserved(self) -> float:
        return self.limit * RESERVED

    def spend(self, amount: float, now: float) -> "Budget":
        """Count what a call cost that is over now."""
        number = int(now // self._slice)
        spent = dict(each for each in self.spent if self._leaves_at(each[0]) > now)
        spent[number] = spent.get(number, 0.0) + amount
        return replace(self, spent=tuple(sorted(spent.items())), since=self.since + amount)

    def hear(self, left: float, now: float) -> "Budget":
        """Take Dataverse's word for what is left, whoever spent the rest."""
        after = replace(self, told=left, told_at=now, since=0.0)
        if left >= self.most or now > self.most_at + LATELY * self.window:
            return replace(after, most=left, most_at=now)
        return after

    def is_told(self, now: float) -> bool:
        """Say whether Dataverse's last word still tells something: a window forgets all."""
        return self.told is not None and now < self.told_at + self.window

    def spare(self, now: float) -> float:
        """Tell what submissions may still spend; less than nothing where others took of theirs."""
        return self._left(now) - self.reserved

    def frees_at(self, now: float) -> float:
        """Tell when something of this process's own spending leaves the window."""
        ends = (self._leaves_at(number) for number, _ in self.spent)
        return min((end for end in ends if end > now), default=now)

    def _left(self, now: float) -> float:
        if self.told is not None and self.is_told(now):
            return self.told - self.since
        own = sum(amount for number, amount in self.spent if self._leaves_at(number) > now)
        return self.limit - own

    @property
    def _slice(self) -> float:
        return self.window / SLICES

    def _leaves_at(self, number: int) -> float:
        return (number + 1) * self._slice + self.window

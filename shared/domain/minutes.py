"""How many submissions a lane made in each of the last minutes, as the lane itself keeps it."""

from dataclasses import dataclass

MINUTES = 60
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Minutes:
    """`counts`: of minutes in a row, the newest first, which is the `last` since the epoch."""

    last: int = 0
    counts: tuple[int, ...] = ()

    def add(self, count: int, at: int) -> "Minutes":
        """Count so many in the minute of a time (ms), or in a later one that was counted already.

        `count` may be less than none: what was counted, and did not come to it. None are left then.
        """
        minute = max(self.last, at // MINUTE_MS)
        now, *before = self._by(minute)
        return Minutes(minute, _cut((max(0, now + count), *before)))

    def until(self, now: int) -> tuple[int, ...]:
        """Give the counts of the last MINUTES, the oldest first, from the first that has any on."""
        return _cut(self._by(max(self.last, now // MINUTE_MS)))[::-1]

    @property
    def text(self) -> str:
        """Write it, so that MINUTES have room in a short property; empty where nothing is kept."""
        return ",".join(map(str, (self.last, *self.counts))) if self.counts else ""

    def _by(self, minute: int) -> tuple[int, ...]:
        """Give the counts with that of this minute as the first."""
        passed = min(minute - self.last, MINUTES)
        return ((0,) * passed + self.counts + (0,))[:MINUTES]


NO_MINUTES = Minutes()


def read_minutes(text: str) -> Minutes:
    """Read what was written; nothing, where it cannot be read: no lane is to wait for that."""
    try:
        last, *counts = map(int, text.split(","))
    except ValueError:
        return NO_MINUTES
    return Minutes(last, tuple(counts[:MINUTES]))


def _cut(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out minutes without any before which there are none."""
    size = max((index + 1 for index, count in enumerate(counts) if count), default=0)
    return counts[:size]

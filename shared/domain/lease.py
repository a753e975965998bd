"""A lease: which instance works a lane, so that others leave it alone.

It saves work, no more: the window and the ETag of the lane's row keep the rate, whoever works it.
Whoever holds one looks at the backlog after letting it go, so that a start need not wake the lane
meanwhile. A holder that dies lets it end; its guard (domain/guard.py) is read then.
"""

from dataclasses import dataclass

LEASE_MS = 6_000
"""For how long a lane is held without a word of its holder."""

RENEW_MS = 3_000
"""A holder renews what has this long or less to go."""

GUARD_EVERY_MS = 3_000
"""How often a holder sends its guard: the message that names its lanes."""

GUARD_DELAY_MS = 10_000
"""When a guard is read. At least an interval and a lease after it was sent, and a moment more:
the last guard of a holder that died finds its leases over, and those of one that lives do not."""


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder`: the instance, by a name that it made up; `until`: ms since the epoch."""

    holder: str = ""
    until: int = 0

    def holds(self, now: int) -> bool:
        """Say whether somebody works the lane, as far as is known."""
        return now < self.until

    def is_of(self, holder: str, now: int) -> bool:
        return self.holder == holder and self.holds(now)

    def is_anothers(self, holder: str, now: int) -> bool:
        return self.holder != holder and self.holds(now)


NO_LEASE = Lease()

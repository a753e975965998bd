"""The allowance of Dataverse's user: how many requests it may still make (service protection)."""

from dataclasses import dataclass

LIMIT = 6_000
"""What one user may ask for in a window, by default (the Dataverse contract, section 2)."""

WINDOW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests are left of the window that goes by, as one answer said at `at` (ms)."""

    remaining: int
    at: int

    @property
    def limit(self) -> int:
        """Tell what there is of them; an environment may allow more than is documented."""
        return max(LIMIT, self.remaining)

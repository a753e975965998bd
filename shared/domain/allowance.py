"""The allowance of Dataverse's user: what it may still ask for (service protection)."""

from dataclasses import dataclass

LIMIT = 6_000
"""What one user may ask for in a window, by default (the Dataverse contract, section 2)."""

WINDOW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests are left of the window that goes by, as one answer said at `at` (ms).

    `seconds`: what is left of its execution time, if the answer said that too.
    """

    remaining: int
    at: int
    seconds: float | None = None

    @property
    def limit(self) -> int:
        """Tell what there is of them; an environment may allow more than is documented."""
        return max(LIMIT, self.remaining)

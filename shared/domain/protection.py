"""Service protection: what Dataverse lets one user do, counted over all that act in its name.

The Dataverse contract, section 2. Environments may allow more or less than these defaults.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Protection:
    """The limits of one user: calls at once, and in any `window` (s) requests and execution (s)."""

    at_once: int = 52
    requests: int = 6_000
    execution: float = 1_200.0
    window: float = 300.0


DOCUMENTED = Protection()
"""What is documented."""

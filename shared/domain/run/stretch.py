"""A stretch of a run's life: the time that it was in one state without a break, and why."""

from dataclasses import dataclass

from shared.domain.run.status import RunStatus
from shared.domain.texts import readable

CODE_LIMIT, MESSAGE_LIMIT = 100, 200
"""How much of a reason is kept, in characters: forty of them have to fit into one property."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code for programs, and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Times in ms since the epoch. `until`: None while it goes on.

    `reason`: what it was spent waiting for, or what ended it otherwise than was hoped.
    """

    status: RunStatus
    since: int
    until: int | None = None
    reason: Reason | None = None


def reason(code: str, message: str) -> Reason:
    """Make a reason of others' words, which may be long, or hold what no storage takes."""
    return Reason(readable(code[:CODE_LIMIT]), readable(message[:MESSAGE_LIMIT]))

"""How a claimed run's submission ends: what that means for its slot and its lane."""

from dataclasses import dataclass
from enum import Enum

from shared.domain.lane import Setback
from shared.domain.pause import Pause


class Slot(Enum):
    """What a submission made of its slot."""

    ANSWERED = "answered"
    UNSENT = "unsent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that a claim of this process took; its call has to end by `ends` (monotonic s).

    `connection`: the lane's, whose slot it took, and which it is submitted to.
    """

    run_id: str
    claim: str
    claimed_at: int
    ends: float
    connection: str


@dataclass(frozen=True, slots=True)
class Landing:
    """How a submission ended: its slot, when (ms), and what it asks of the lane.

    `setback`: why this lane cannot go on; `hold`: why none can. `put_back`: the run is in the
    backlog again.
    """

    claim: str
    slot: Slot
    at: int
    setback: Setback | None = None
    hold: Pause | None = None
    put_back: bool = False

    @property
    def asks_to_wait(self) -> bool:
        return self.setback is not None or self.hold is not None

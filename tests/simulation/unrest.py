"""What has gone wrong lately, and for how long after that a lane may stand still for it."""

from dataclasses import dataclass, field
from enum import Enum

SWEPT_MS = 150_000
"""By then a sweep has woken every lane: one begins each minute, unless the one before goes on,
which has 50 s, and may wait for the answers of calls that are slow."""


class Unrest(Enum):
    """Kinds of what keeps a lane from going on, by no mistake of the app's."""

    CRASH = "crash"
    FREEZE = "freeze"
    STORAGE = "storage"
    QUEUE = "queue"
    OUTAGE = "outage"
    USER = "user"


GRACE_MS = {
    Unrest.CRASH: SWEPT_MS,  # its messages stay locked for up to ten minutes
    Unrest.FREEZE: SWEPT_MS,  # what it was about to do nobody else does
    Unrest.STORAGE: SWEPT_MS,  # a wake-up that could not be sent
    Unrest.QUEUE: SWEPT_MS,  # a wake-up that was lost, or comes late
    Unrest.OUTAGE: SWEPT_MS,
    Unrest.USER: 30_000,  # who was refused asks for less, and for more again as answers come
}
"""How long after the end of each a lane may still stand; a lane that nothing has happened to may
stand for a few seconds only (`going.GRACE_MS`)."""


@dataclass(slots=True)
class Unrests:
    """When each kind was over, or will be, that there was last (ms)."""

    ends: dict[Unrest, int] = field(default_factory=dict)

    def note(self, kind: Unrest, until: int) -> None:
        self.ends[kind] = max(until, self.ends.get(kind, 0))

    def excuses(self, last_well: int, since: int) -> int:
        """Tell until when a lane may stand that was last well, and stands, since these times (ms).

        What struck meanwhile may have taken a wake-up that was to come at the end of a pause.
        """
        graces = [
            max(until, since) + GRACE_MS[kind]
            for kind, until in self.ends.items()
            if until >= last_well
        ]
        return max(graces, default=since)

    def since(self, began: int, *kinds: Unrest) -> bool:
        """Say whether there was any of these kinds since then."""
        return any(self.ends.get(kind, -1) >= began for kind in kinds)

"""How a lane stands: itself, and how many of what there are in it, as of a time."""

from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.lane import Lane


class Count(NamedTuple):
    """How many there are; not `exact`: so many at least, as counting stopped."""

    number: int
    exact: bool


COUNTED = 1_000
"""How many rows are counted, as one request to storage gives them; beyond that there are more."""

NONE = Count(0, exact=True)
UNCOUNTED = Count(0, exact=False)


class Queued(NamedTuple):
    """A run in a backlog: not submitted before `due_at` (ms), and so often before."""

    run_id: str
    due_at: int
    attempts: int


@dataclass(frozen=True, slots=True)
class LaneState:
    """A lane as it stood at `as_of` (ms); None: nobody has looked yet, and nothing is counted.

    `backlog`: runs that wait to be submitted; `oldest_at`: when the run at the first place was
    made (ms). `active`: flow sessions that have not ended; `needing`: runs that somebody has to
    decide about. `first`: the first runs of its backlog, where somebody asked for them just now.
    """

    lane: Lane
    backlog: Count = UNCOUNTED
    active: Count = UNCOUNTED
    needing: Count = UNCOUNTED
    oldest_at: int | None = None
    as_of: int | None = None
    first: tuple[Queued, ...] = ()

    @property
    def long(self) -> bool:
        """Say whether its places and needs may have no room on one page."""
        return self.backlog.number + self.needing.number >= COUNTED - 1

    @property
    def idle(self) -> bool:
        """Say whether nothing is in it, and it does not wait: so it stays until it is used."""
        empty = {self.backlog, self.active, self.needing} == {NONE}
        return empty and self.lane.waits(self.as_of or 0) is None

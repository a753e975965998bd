"""A round of the sweep, as a value: what it may still do, how it asks, and what it has ended."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.services.following.confirm import Confirm
from shared.services.following.doubles import Doubles
from shared.services.following.record import Record
from shared.services.following.restraint import Restraint
from shared.services.ports import Clock, Crew, Result
from shared.services.rotation import any_of
from shared.services.rounds.doubt import Doubt
from shared.services.side_by_side import Work, side_by_side
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun

SINGLE_READS = 100
"""How many sessions a round asks for by themselves, as a query left them out."""

MATCHES = 20
"""How many runs a round matches with sessions: each takes a request, and one a candidate."""

STEP_SECONDS = 15.0
"""How long the slowest of some calls is waited for; those that hang must not take all the time."""


@dataclass(slots=True)
class Round:
    """`ends`: when the round is over, in monotonic seconds. Nothing of it outlives the round.

    `asks_until`: when no more is asked of Dataverse, so that ends have their time.

    `tell_index`: shows what its looks have changed in the index of runs, all of it in one write.

    `ended`: the runs that a look of this round has ended, put there by `runs`. They are announced
    when every session has been asked for: telling of thousands takes longer than finding them.
    """

    crew: Crew
    ends: float
    clock: Clock
    sessions: Restraint
    runs: RunTable
    lanes: LaneTable
    record: Record
    confirm: Confirm
    doubles: Doubles
    ended: list[StoredRun]
    tell_index: Callable[[], None]
    single_reads: int = SINGLE_READS
    matches: int = MATCHES
    may_read: bool = True
    doubt: Doubt = field(default_factory=Doubt)
    asks_until: float = math.inf

    @property
    def over(self) -> bool:
        return self.clock.monotonic() >= self.ends

    @property
    def may_ask(self) -> bool:
        """Say whether there is time, and Dataverse wants to be asked."""
        return not self.sessions.stopped and self.clock.monotonic() < min(
            self.ends, self.asks_until
        )

    def keep_for_ends(self, share: float) -> None:
        """Keep a share of the time that is left for telling of ends: looks may take all of it."""
        left = self.ends - self.clock.monotonic()
        self.asks_until = self.ends - share * left

    def any_of(self, count: int) -> int:
        """Choose a number below `count` by chance: another each round."""
        return any_of(count, self.clock)

    def side_by_side(self, work: Sequence[Work[Result]], *, least: float = 0.0) -> list[Result]:
        """Do work for runs, each of which fails alone, and give what came of it in time.

        `least`: how many seconds it has, though the round be over.
        """
        seconds = max(least, min(STEP_SECONDS, self.ends - self.clock.monotonic()))
        return side_by_side(work, self.crew, seconds, failed="run.look_failed", what="run_id")

    def each(
        self, batch: Sequence[StoredRun], work: Callable[[StoredRun], None], *, least: float = 0.0
    ) -> None:
        """Do the same for some runs, side by side."""

        def worker(stored: StoredRun) -> Callable[[], None]:
            return lambda: work(stored)

        self.side_by_side([(stored.run.id, worker(stored)) for stored in batch], least=least)


NewRound = Callable[[Crew, float], Round]
"""Makes the round of one sweep, from its crew and its end."""

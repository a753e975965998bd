"""What each change of a lane is held to: slots are spent on what counted, and a hold is obeyed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.domain.identifiers import is_lane_id
from shared.domain.lane import Lane
from shared.domain.pause import Hold
from shared.storage import rows
from shared.storage.environment import PARTITION, EnvironmentTable
from shared.storage.table import Entity
from tests.simulation.clock import EPOCH_MS
from tests.simulation.dataverse import ENVIRONMENT, SimulatedDataverse
from tests.simulation.scheduler import Scheduler
from tests.simulation.table import SimulatedTable
from tests.simulation.unrest import Unrest, Unrests

SKEW_MS = 250
"""How far the clock of a process may be ahead."""

OBEYED_MS = 5_000
"""After so long everybody has heard of a hold: a process takes what it read for true for two
seconds (services/hold.py), and a claim may be on its way."""


@dataclass(slots=True)
class LanePromises:
    """`lanes`: each lane as its row says; `claimed_at`: when its last claim was written (ms)."""

    scheduler: Scheduler
    table: SimulatedTable
    dataverse: SimulatedDataverse
    unrests: Unrests
    breach: Callable[[str], None]
    lanes: dict[str, Lane] = field(default_factory=dict)
    claimed_at: dict[str, int] = field(default_factory=dict)
    hold: Hold = field(default_factory=Hold)
    _held_since: int = 0
    _settled: Counter[str] = field(default_factory=Counter)

    def watch(self, partition: str, changes: Mapping[str, Entity | None]) -> None:
        """Look at what a transaction made of a lane, or of what holds them all."""
        if partition.startswith(PARTITION) and "hold" in changes:
            self._read_hold()
        if not is_lane_id(partition) or "lane" not in changes:
            return
        entity = changes["lane"]
        before = self.lanes.pop(partition, None)
        if entity is None:
            return
        after = self.lanes[partition] = rows.to_lane(partition, entity)
        self._check_slots(before, after)
        if before is not None and after.last_claim != before.last_claim:
            self.claimed_at[partition] = self.scheduler.now
            self._check_hold(after)

    def holds(self, ahead: int = 0) -> bool:
        """Say whether all lanes are told to leave Dataverse alone, by a clock that is ahead."""
        return self.hold.holds(EPOCH_MS + self.scheduler.now + ahead)

    def _check_slots(self, before: Lane | None, after: Lane) -> None:
        """No more slots are held for answers than there were answers that count."""
        ends = Counter(after.window.answered)
        if before is not None:
            ends -= Counter(before.window.answered)
        self._settled[after.connection] += ends.total()
        spent = self.dataverse.calls[after.connection].spent
        if self._settled[after.connection] > spent:
            self.breach(f"slots: {after.connection} holds one for a submission that did not count")

    def _read_hold(self) -> None:
        held, now = self.holds(), self.scheduler.now
        self.hold = EnvironmentTable(self.table, ENVIRONMENT).hold()
        if not held:
            self._held_since = now

    def _check_hold(self, lane: Lane) -> None:
        """Nobody claims while Dataverse said that it wants to be left alone.

        Where it did not say for how long, one may claim, to find out. Who could not read what
        holds, or stood still before a claim, does not know.
        """
        heard = self.scheduler.now - self._held_since >= OBEYED_MS
        if not heard or self.hold.needs_a_probe or not self.holds(ahead=SKEW_MS):
            return
        if not self.unrests.since(self._held_since - OBEYED_MS, Unrest.STORAGE, Unrest.FREEZE):
            self.breach(f"held: {lane.last_claim} took runs of {lane.connection}")

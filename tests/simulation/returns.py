"""Returns: lanes that nobody has used for long are used again, just as retention looks at them."""

import random
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.identifiers import lane_id
from shared.storage.lane_list import LANES_PARTITION, LISTED_ROW
from shared.storage.rows import range_of
from shared.storage.table import Entity
from tests.simulation.chaos import Rates
from tests.simulation.clients import Clients
from tests.simulation.dataverse import ENVIRONMENT
from tests.simulation.scheduler import Scheduler
from tests.simulation.table import SimulatedTable
from tests.simulation.wishes import Wish

RATES = Rates(
    crash=0.0003,
    storage_refused=0.01,
    storage_lost=0.02,
    storage_late=0.02,
    storage_slow=0.2,
    sdk_repeat=0.1,
)

BEFORE = 0.4
"""How often a lane is used again when its last run has gone, rather than when it has left."""


@dataclass(slots=True)
class Returns:
    """Asks for a wish of a lane, one a wave, when a row goes that shows that it may leave.

    `at` of such a wish: how long after that, in ms.
    """

    scheduler: Scheduler
    chance: random.Random
    clients: Clients
    table: SimulatedTable
    wishes: tuple[Wish, ...]
    _left: dict[str, deque[Wish]] = field(default_factory=lambda: defaultdict(deque))
    _next: dict[str, Wish] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for wish in self.wishes:
            self._left[lane_id(ENVIRONMENT, f"connection-{wish.lane}")].append(wish)

    def next_wave(self) -> bool:
        """Choose the next wish of each lane; False if there is none."""
        self._next = {lane: wishes.popleft() for lane, wishes in self._left.items() if wishes}
        return bool(self._next)

    def watch(self, partition: str, changes: Mapping[str, Entity | None]) -> None:
        """Ask for a wish when the last runs of its lane go, or the lane, or its entry."""
        gone = {row for row, entity in changes.items() if entity is None}
        lane = next(iter(gone), "") if partition == LANES_PARTITION else partition
        if lane not in self._next:
            return
        left = LISTED_ROW in gone or partition == LANES_PARTITION
        if left or (any(row.startswith("run:") for row in gone) and self._is_the_turn(lane)):
            wish = self._next.pop(lane)
            self.clients.ask(wish, self.scheduler.now + wish.at)

    def _is_the_turn(self, lane: str) -> bool:
        """Say whether the lane has no run any more, and is used again before it can leave."""
        empty = not self.table.query(lane, *range_of("run"), limit=1)
        return empty and self.chance.random() < BEFORE

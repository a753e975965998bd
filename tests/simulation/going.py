"""Whether what could go on goes on: no run waits while its lane has a slot, and the user leave.

The sweep finds every backlog in the end: without this a wake-up that nobody sent would go unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.run import RunStatus
from shared.storage import rows
from shared.storage.rows import Place
from shared.storage.table import Entity
from tests.simulation.chaos import Chaos
from tests.simulation.clock import EPOCH_MS
from tests.simulation.host import Host
from tests.simulation.lane_promises import LanePromises
from tests.simulation.scenario import Scenario
from tests.simulation.unrest import Unrest

LOOK_MS = 2_000
GRACE_MS = 12_000
"""How long a lane may stand to which nothing has happened: a wake-up takes up to a second to be
seen, a round up to two to be settled, and whoever got a wake-up reads before it claims."""

STUCK_MS = 900_000
"""Longer than anything waits for a reason: a pause has ten minutes, a sweep comes each minute."""

_DUE = rows.range_of("due")
WAITING = frozenset({RunStatus.QUEUED, RunStatus.SUBMITTING})


@dataclass(slots=True)
class Going:
    """Looks at the lanes every two seconds. `_ready_since`: since when each could have gone on."""

    scenario: Scenario
    chaos: Chaos
    host: Host
    lanes: LanePromises
    _ready_since: dict[str, int] = field(default_factory=dict)
    _got_on_at: int = 0
    _events: int = 0
    _submissions: int = 0
    _begun: bool = False
    _looking: bool = False

    def begin(self) -> None:
        """Look from now on, whenever runs wait."""
        self._begun = True

    def watch(self, partition: str, changes: Mapping[str, Entity | None]) -> None:
        """See that something got on: a run was made, removed, or is beyond its submission."""
        del partition
        for row, entity in changes.items():
            if row.startswith("due:") and self._begun and not self._looking:
                self._look_later()
            if row.startswith("run:") and (entity is None or _status(entity) not in WAITING):
                self._got_on()

    def _look_later(self) -> None:
        self._looking = True
        self.lanes.scheduler.after(LOOK_MS, self._look)

    def _look(self) -> None:
        self._looking = False
        places = {lane: self._first_place(lane) for lane in self.lanes.lanes}
        if any(places.values()):
            self._look_later()
        waiting = [lane for lane, place in places.items() if place and self._waits(lane, place)]
        self._look_for_outages()
        if not waiting or not self._may_ask():
            self._ready_since.clear()
            self._got_on()
            return
        self._look_for_a_livelock(waiting)
        now = self.lanes.scheduler.now
        ready = {lane for lane in waiting if self._is_ready(lane)}
        for lane in self._ready_since.keys() - ready:
            del self._ready_since[lane]
        for lane in sorted(ready):
            claimed_at = self.lanes.claimed_at.get(lane, 0)
            since = max(self._ready_since.setdefault(lane, now), claimed_at)
            excused_until = max(since + GRACE_MS, self.lanes.unrests.excuses(claimed_at, since))
            if now > excused_until:
                waits = (now - since) / 1000
                self.lanes.breach(f"idle: {self._name(lane)} could have gone on for {waits:.0f} s")

    def _first_place(self, lane: str) -> Place | None:
        first = self.lanes.table.query(lane, *_DUE, limit=1)
        return rows.place_from(lane, first[0]) if first else None

    def _waits(self, lane: str, first: Place) -> bool:
        """Say whether a run's turn has come in a lane, and no operator says no."""
        now = EPOCH_MS + self.lanes.scheduler.now
        return first.due_at <= now and not self.lanes.lanes[lane].stopped.holds(now)

    def _may_ask(self) -> bool:
        """Say whether the user has an allowance, and somebody is there to use it."""
        return bool(self.host.instances) and self.lanes.dataverse.protection.has_room()

    def _is_ready(self, lane_id: str) -> bool:
        """Say whether a lane has a slot, and no process a reason to wait for its calls first."""
        lane, now = self.lanes.lanes[lane_id], self.lanes.scheduler.now
        if self.lanes.holds() or not lane.free(EPOCH_MS + now, self.scenario.pace):
            return False
        calls = self.lanes.dataverse.calls[lane.connection]
        return calls.under_way <= self.scenario.concurrency // 2

    def _look_for_outages(self) -> None:
        for outage in self.chaos.outages:
            if outage.begins <= self.lanes.scheduler.now:
                self.lanes.unrests.note(Unrest.OUTAGE, outage.ends)

    def _look_for_a_livelock(self, waiting: list[str]) -> None:
        """See that somebody gets on, whatever else goes on, though nothing is in his way."""
        submissions = sum(len(seen) for seen in self.lanes.dataverse.arrivals.values())
        if submissions != self._submissions or self._is_hindered():
            self._submissions = submissions
            self._got_on()
        stuck = self.lanes.scheduler.now - self._got_on_at
        if stuck > STUCK_MS:
            events = self.lanes.scheduler.events - self._events
            lanes = ", ".join(self._name(lane) for lane in waiting)
            self.lanes.breach(
                f"livelock: {events} events in {stuck / 60_000:.0f} minutes, "
                f"and no run of {lanes} got on"
            )

    def _is_hindered(self) -> bool:
        """Say whether something is in the way of all: of any kind but what strikes now and then."""
        hindrances = (Unrest.OUTAGE, Unrest.FREEZE, Unrest.USER, Unrest.CRASH)
        return self.lanes.unrests.since(self.lanes.scheduler.now - LOOK_MS, *hindrances)

    def _got_on(self) -> None:
        self._got_on_at, self._events = self.lanes.scheduler.now, self.lanes.scheduler.events

    def _name(self, lane: str) -> str:
        return self.lanes.lanes[lane].connection


def _status(entity: Entity) -> RunStatus:
    return RunStatus(str(entity.properties["Status"]))

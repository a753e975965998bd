"""The lanes: their windows, their backlogs, and the claims that move runs between them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.identifiers import lane_of
from shared.domain.instants import to_iso
from shared.domain.lane import Lane
from shared.domain.lane_state import COUNTED, Count
from shared.domain.window import Pace
from shared.storage import rows, run_rows, tolerant
from shared.storage.lane_list import LaneList
from shared.storage.rows import Double, Place, Watch
from shared.storage.table import (
    TRANSACTION_LIMIT,
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    Replace,
    StorageUnavailableError,
    Table,
    Value,
)

CLAIM_LIMIT = (TRANSACTION_LIMIT - 1) // 3
"""How many runs one claim takes: the lane, and three operations a run."""

ATTEMPTS = 50

PAGES = 20
"""How many pages of looks are read of one lane at most."""


@dataclass(frozen=True, slots=True)
class StoredLane:
    """A lane as it was read; a change of it holds only while `etag` does."""

    lane: Lane
    etag: str


def _stored_lane(lane_id: str, entity: Entity) -> StoredLane:
    return StoredLane(rows.to_lane(lane_id, entity), entity.etag)


class LaneTable:
    """Every method raises StorageUnavailableError, and UnreadableRowError where a lane is read."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.list = LaneList(table)

    def ensure(self, lane: Lane, at: int = 0) -> None:
        """Make a lane and its entry in the list of lanes, unless they exist; `at`: now, in ms."""
        self.list.ensure(lane, at)

    def ids(self) -> list[str]:
        """List all lanes."""
        return self.list.ids()

    def read(self, lane_id: str) -> StoredLane | None:
        entity = self._table.get(lane_id, rows.LANE_ROW)
        return None if entity is None else tolerant.one(lane_id, entity, _stored_lane)

    def backlog(self, lane_id: str, limit: int, *, after: str | None = None) -> list[Place]:
        """Read the first places of the backlog, or the first behind the row `after`."""
        first, end = rows.range_of("due")
        found = self._table.query(lane_id, after or first, end, limit=limit)
        return tolerant.those(lane_id, found, rows.place_from)

    def watches(self, lane_id: str, now: int, limit: int) -> list[Watch]:
        """Read the looks that are due by `now`, the longest due first, up to `limit` of each kind.

        However many ends wait to be told, looks at sessions have their room, and the other way.
        """
        after, _ = rows.range_of("watch")
        before = f"{after}{now + 1:013d}"
        found: list[Watch] = []
        counts = Counter[rows.Kind]()
        for _ in range(PAGES):
            page = self._table.query(lane_id, after, before, limit=limit)
            for watch in tolerant.those(lane_id, page, rows.watch_from):
                counts[watch.kind] += 1
                if counts[watch.kind] <= limit:
                    found.append(watch)
            if len(page) < limit or all(counts[kind] >= limit for kind in rows.Kind):
                break
            after = page[-1].row
        return found

    def put_off(self, watch: Watch, at: int) -> None:
        """Move a look at a run whose row cannot be read; whatever else that row says stays."""
        later = replace(watch, watch_at=at)
        operations: list[Operation] = [
            Merge(rows.run_row(watch.run_id), {"WatchAt": to_iso(at)}),
            Delete(watch.row),
            Insert(later.row, later.kind.marks),
        ]
        try:
            self._table.commit(lane_of(watch.run_id), operations)
        except ConflictError:
            return  # somebody else has looked, or the run is gone

    def forget_watch(self, watch: Watch) -> None:
        """Remove a look that no run stands behind."""
        try:
            self._table.commit(lane_of(watch.run_id), [Delete(watch.row)])
        except ConflictError:
            return

    def doubles(self, lane_id: str, limit: int) -> list[Double]:
        """Read the double sessions that are not known to be over."""
        found = self._table.query(lane_id, *rows.range_of("double"), limit=limit)
        return tolerant.those(lane_id, found, rows.double_from)

    def needing(self, lane_id: str, limit: int) -> list[str]:
        """List the ids of the runs about which an operator has to decide, newest first."""
        found = self._table.query(lane_id, *rows.range_of("need"), limit=limit)
        return [f"{lane_id}-{entity.row.removeprefix('need:')}" for entity in found]

    def forget_double(self, lane_id: str, double: Double) -> None:
        """Take a double session that is over for settled; once is enough."""
        try:
            self._table.commit(lane_id, [Delete(double.row)])
        except ConflictError:
            return

    def count_backlog(self, lane_id: str, *, before: Place | None = None) -> Count:
        """Count the places of the backlog, or those before one of them."""
        first, last = rows.range_of("due")
        return self._count(lane_id, first, last if before is None else before.row)

    def count_active(self, lane_id: str) -> Count:
        """Count the runs whose flow session has not ended, as far as is known."""
        idle = {"Awaits", "Ended"}
        return self._count(lane_id, *rows.range_of("watch"), idle.isdisjoint)

    def _count(
        self,
        lane_id: str,
        first: str,
        last: str,
        counts: Callable[[Mapping[str, Value]], bool] = lambda _: True,
    ) -> Count:
        found = self._table.query(lane_id, first, last, limit=COUNTED)
        number = sum(counts(entity.properties) for entity in found)
        return Count(number, exact=len(found) < COUNTED)

    def awaiting(self, lane_id: str) -> list[Watch]:
        """Read the looks at runs of which a submission is under way, or its outcome unknown."""
        found = self._table.query(lane_id, *rows.range_of("watch"))
        marked = (entity for entity in found if entity.properties.get("Awaits"))
        return [rows.watch_of_any_time(lane_id, entity) for entity in marked]

    def claim(
        self,
        stored: StoredLane,
        due: Sequence[Place],
        claim: str,
        *,
        settled: Lane,
        at: int,
        pace: Pace,
        callback_base: str | None = None,
        callback_key: str | None = None,
    ) -> StoredLane | None:
        """Take runs from the backlog into the window; None if somebody else was faster.

        `settled`: the lane as it is to be before, which is written with it. The runs are looked at
        again once a submission made now must have ended.
        """
        after = settled.take(claim, len(due), at, pace)
        watch_at = at + pace.deadline + pace.margin
        operations: list[Operation] = [_replacing(stored, after)]
        for place in due:
            claimed = run_rows.claimed_properties(
                place,
                claim,
                at=at,
                watch_at=watch_at,
                callback_base=callback_base,
                callback_key=callback_key,
                paused=settled.last_pause,
            )
            operations += [
                Delete(place.row),
                Merge(rows.run_row(place.run_id), claimed),
                Insert(Watch(place.run_id, watch_at).row, {"Awaits": True}),
            ]
        try:
            etags = self._table.commit(settled.id, operations)
        except (ConflictError, StorageUnavailableError):
            return self._claimed(settled.id, claim)  # the SDK repeats: it can be our own success
        return StoredLane(after, etags[rows.LANE_ROW])

    def write(self, stored: StoredLane, after: Lane) -> StoredLane | None:
        """Write what becomes of a lane; None if it has changed since it was read."""
        if after == stored.lane:
            return stored
        try:
            etags = self._table.commit(after.id, [_replacing(stored, after)])
        except ConflictError:
            return None
        return StoredLane(after, etags[rows.LANE_ROW])

    def change(self, lane_id: str, step: Callable[[Lane], Lane]) -> Lane:
        """Change a lane, as often as others come between; give the lane after it."""
        for _ in range(ATTEMPTS):
            stored = self.read(lane_id)
            if stored is None:
                raise StorageUnavailableError(f"lane {lane_id} is gone")
            after = step(stored.lane)
            if self.write(stored, after) is not None:
                return after
        raise StorageUnavailableError(f"lane {lane_id} changes too often")

    def _claimed(self, lane_id: str, claim: str) -> StoredLane | None:
        """Read the lane; None if it knows nothing of a claim."""
        found = self.read(lane_id)
        if found is None:
            return None
        held = any(slots.claim == claim for slots in found.lane.window.claimed)
        return found if held or found.lane.last_claim == claim else None


def _replacing(stored: StoredLane, after: Lane) -> Operation:
    return Replace(rows.LANE_ROW, rows.from_lane(after), stored.etag)

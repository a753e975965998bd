"""The list of lanes: one comes into it with a start, and leaves when nobody has used it for long.

The list has a partition of its own, so it cannot change in one transaction with a lane. What holds
all the same: a lane whose row `listed` stands is in the list. Every start's transaction merges that
row, so a start that meets a lane which has left fails, and brings it back first:

- Back: note `listing` in the lane's partition; write its entry in the list, which changes that
  entry's ETag; then, in one transaction, exchange `listing` for `listed` and the lane's row.
- Away: read the entry's ETag; see that the lane's partition holds `lane` and `listed` alone; remove
  both under their ETags; then the entry, under its own.

Whoever brings a lane back has noted `listing` before he writes the entry. So if the entry is older
than its ETag was read, whoever has the lane leave sees `listing`, or `listed`, and lets it be; if
it is younger, its removal fails (docs/architecture.md, "Lanes that come and go").
"""

from collections.abc import Mapping

from shared.domain.instants import from_iso_if_readable, to_iso
from shared.domain.lane import Lane
from shared.storage import rows, tolerant
from shared.storage.table import (
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    StorageUnavailableError,
    Table,
    Upsert,
)

LANES_PARTITION = "lanes"
LISTED_ROW = "listed"
LISTING_ROW = "listing"
ATTEMPTS = 20

_ALL = ("0", "~")
_ROWS_OF_THE_LANE = ("l", "m")
"""The bounds of `lane`, `listed` and `listing`, and of no other row."""


def use_of(at: int) -> Merge:
    """Note that a lane is used at a time (ms); a conflict if it is not in the list."""
    return Merge(LISTED_ROW, {"UsedAt": to_iso(at)})


class LaneList:
    """Every method raises StorageUnavailableError; `leave` UnreadableRowError, too."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: set[str] = set()

    def ids(self) -> list[str]:
        """List all lanes."""
        return list(self.connections())

    def connections(self) -> dict[str, str]:
        """Give the connection of each lane."""
        found = self._table.query(LANES_PARTITION, *_ALL)
        return {entity.row: str(entity.properties.get("Connection", "")) for entity in found}

    def ensure(self, lane: Lane, at: int) -> None:
        """Make a lane and its entry, unless this process has seen that they exist.

        It may have left since then: the start that meets it so brings it back.
        """
        if lane.id not in self._known:
            self.bring_back(lane, at)
            self._known.add(lane.id)

    def bring_back(self, lane: Lane, at: int) -> bool:
        """Have a lane in the list, made if it is gone; False if it was there. `at`: now, in ms."""
        for _ in range(ATTEMPTS):
            there = self._rows(lane.id, *_ROWS_OF_THE_LANE)
            if LISTED_ROW in there:
                return False
            if self._bring_back(lane, at, there):
                return True
        raise StorageUnavailableError(f"lane {lane.id} comes and goes too often")

    def leave(self, lane_id: str, unused_since: int, now: int) -> bool:
        """Take a lane off the list of which nothing is left but itself; say whether that was done.

        Not one that was used, submitted or waits since a time (ms). What it takes several days
        for is begun: an entry alone goes, a `listing` that is old goes, and a lane without
        `listed`, which an earlier version made, gets one.
        """
        entry = self._table.get(LANES_PARTITION, lane_id)  # first of all: see above
        there = self._rows(lane_id, *_ALL, limit=3)
        if entry is None or self._is_coming(lane_id, there.get(LISTING_ROW), unused_since):
            return False
        if there.keys() == {rows.LANE_ROW}:
            self.bring_back(_lane(lane_id, there[rows.LANE_ROW]), now)
            return False
        if there and not self._remove(lane_id, there, unused_since, now):
            return False
        return self._commit(LANES_PARTITION, Delete(entry.row, entry.etag))

    def _bring_back(self, lane: Lane, at: int, there: Mapping[str, Entity]) -> bool:
        etag = self._note_listing(lane.id, at, there.get(LISTING_ROW))
        if etag is None:
            return False
        self._enter(lane, at)
        made = () if rows.LANE_ROW in there else (Insert(rows.LANE_ROW, rows.from_lane(lane)),)
        listed = Insert(LISTED_ROW, {"UsedAt": to_iso(at)})
        return self._commit(lane.id, Delete(LISTING_ROW, etag), listed, *made)

    def _note_listing(self, lane_id: str, at: int, there: Entity | None) -> str | None:
        """Give the ETag of the note that a lane is brought back: another's will do as well."""
        if there is not None:
            return there.etag
        try:
            etags = self._table.commit(lane_id, [Insert(LISTING_ROW, {"At": to_iso(at)})])
        except ConflictError:
            return None
        return etags[LISTING_ROW]

    def _enter(self, lane: Lane, at: int) -> None:
        """Write a lane's entry: whoever has read its ETag before can no longer remove it."""
        entry = {"Connection": lane.connection, "ListedAt": to_iso(at)}
        self._table.commit(LANES_PARTITION, [Upsert(lane.id, entry)])

    def _is_coming(self, lane_id: str, listing: Entity | None, since: int) -> bool:
        """Say whether somebody brings the lane back; one who has died is forgotten."""
        if listing is None:
            return False
        if _time_of(listing, "At") <= since:
            self._commit(lane_id, Delete(LISTING_ROW, listing.etag))
        return True

    def _remove(self, lane_id: str, there: Mapping[str, Entity], since: int, now: int) -> bool:
        if there.keys() != {rows.LANE_ROW, LISTED_ROW}:
            return False
        lane, listed = _lane(lane_id, there[rows.LANE_ROW]), there[LISTED_ROW]
        if _time_of(listed, "UsedAt") > since or not lane.is_unused(now, since):
            return False
        removals = [Delete(row, entity.etag) for row, entity in there.items()]
        return self._commit(lane_id, *removals)

    def _rows(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> dict[str, Entity]:
        found = self._table.query(partition, after, before, limit=limit)
        return {entity.row: entity for entity in found}

    def _commit(self, partition: str, *operations: Operation) -> bool:
        try:
            self._table.commit(partition, operations)
        except ConflictError:
            return False
        return True


def _lane(lane_id: str, entity: Entity) -> Lane:
    return tolerant.one(lane_id, entity, rows.to_lane)


def _time_of(entity: Entity, name: str) -> int:
    """Read a time; one that cannot be read is long ago."""
    return from_iso_if_readable(entity.properties.get(name)) or 0

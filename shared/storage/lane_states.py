"""How lanes stand: looked at in their partitions, and kept as somebody saw them last.

What is kept has a partition of its own, so that all lanes are read in a request for each thousand.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from shared.domain.identifiers import created_at_of
from shared.domain.instants import from_iso, to_iso
from shared.domain.lane_state import COUNTED, Count, LaneState, Queued
from shared.storage import rows, tolerant
from shared.storage.lanes import LaneTable
from shared.storage.table import (
    TRANSACTION_LIMIT,
    ConflictError,
    Delete,
    Entity,
    Operation,
    Table,
    Upsert,
    Value,
)

MOST_REQUESTS_A_LOOK = 3
REQUESTS_A_LOOK = 2

_DUE, _NEED = "due:", "need:"
_TO_ITS_NEEDS = (_DUE, "need;")
"""The bounds of a lane's places, its own row, and the runs that need somebody."""


class LaneStates:
    """Every method raises StorageUnavailableError; `look` UnreadableRowError, too."""

    def __init__(self, table: Table, environment: str) -> None:
        self._table = table
        self._lanes = LaneTable(table)
        self._partition = f"views:{environment.lower()}"

    def look(self, lane_id: str, now: int, *, first: int = 0) -> LaneState | None:
        """Look at a lane as it is now (ms), in two requests, or three where its backlog is long.

        `first`: how many runs of its backlog to name; that costs no request more.
        """
        found = self._table.query(lane_id, *_TO_ITS_NEEDS, limit=COUNTED)
        places = [entity for entity in found if entity.row.startswith(_DUE)]
        full = len(found) >= COUNTED
        if full:  # what stands behind the places may have no room beside them
            found = self._table.query(lane_id, "due;", "need;", limit=COUNTED)
        own = next((entity for entity in found if entity.row == rows.LANE_ROW), None)
        if own is None:
            return None
        needing = sum(entity.row.startswith(_NEED) for entity in found)
        return LaneState(
            lane=tolerant.one(lane_id, own, rows.to_lane),
            backlog=Count(len(places), exact=len(places) < COUNTED),
            active=self._lanes.count_active(lane_id),
            needing=Count(needing, exact=len(found) < COUNTED),
            oldest_at=_oldest(lane_id, places),
            as_of=now,
            first=_first(lane_id, places[:first]),
        )

    def kept(self) -> dict[str, LaneState]:
        """Give each lane as somebody saw it last."""
        found = self._table.query(self._partition, "0", "~")
        states = tolerant.those(self._partition, found, _state)
        return {state.lane.id: state for state in states}

    def keep(self, states: Sequence[LaneState]) -> None:
        """Keep what was seen of lanes."""
        self._commit([Upsert(state.lane.id, _properties(state)) for state in states])

    def forget_all_but(self, lane_ids: Collection[str]) -> None:
        """Forget what was seen of lanes that are not in the list."""
        found = self._table.query(self._partition, "0", "~")
        gone = [Delete(entity.row, entity.etag) for entity in found if entity.row not in lane_ids]
        try:
            self._commit(gone)
        except ConflictError:
            return  # one was seen again: another day

    def _commit(self, operations: Sequence[Operation]) -> None:
        for some in _parts(operations):
            self._table.commit(self._partition, some)


def _parts(operations: Sequence[Operation]) -> Iterator[Sequence[Operation]]:
    starts = range(0, len(operations), TRANSACTION_LIMIT)
    return (operations[start : start + TRANSACTION_LIMIT] for start in starts)


def _oldest(lane_id: str, places: Sequence[Entity]) -> int | None:
    first = tolerant.those(lane_id, places[:1], rows.place_from)
    return created_at_of(first[0].run_id) if first else None


def _first(lane_id: str, places: Sequence[Entity]) -> tuple[Queued, ...]:
    found = tolerant.those(lane_id, places, rows.place_from)
    return tuple(Queued(each.run_id, each.due_at, each.attempts) for each in found)


def _properties(state: LaneState) -> dict[str, Value]:
    properties = rows.from_lane(state.lane) | {"AsOf": to_iso(state.as_of or 0)}
    if state.oldest_at is not None:
        properties["OldestAt"] = to_iso(state.oldest_at)
    for name, count in (
        ("Backlog", state.backlog),
        ("Active", state.active),
        ("Needing", state.needing),
    ):
        properties |= {name: count.number, f"{name}Exact": count.exact}
    return properties


def _state(_: str, entity: Entity) -> LaneState:
    properties = entity.properties
    oldest_at = properties.get("OldestAt")
    return LaneState(
        lane=rows.to_lane(entity.row, entity),
        backlog=_count(properties, "Backlog"),
        active=_count(properties, "Active"),
        needing=_count(properties, "Needing"),
        oldest_at=None if oldest_at is None else from_iso(str(oldest_at)),
        as_of=from_iso(str(properties["AsOf"])),
    )


def _count(properties: Mapping[str, Value], name: str) -> Count:
    return Count(rows.number_of(properties, name), exact=bool(properties[f"{name}Exact"]))

"""Runs of a lane in order of their time, newest first: all of them, or those that need somebody."""

from dataclasses import dataclass

from shared.domain.run import Run
from shared.storage import rows, run_rows, tolerant
from shared.storage.table import Entity, Table


@dataclass(frozen=True, slots=True)
class Page:
    """The runs of so many `rows` that can be read; `last`: the tail to go on after, if any is."""

    runs: tuple[Run, ...]
    rows: int
    last: str | None


@dataclass(frozen=True, slots=True)
class TailPage:
    """The tails of runs, and the one to go on after, if any is."""

    tails: tuple[str, ...]
    last: str | None


class RunLists:
    """Every method raises StorageUnavailableError; what it gives has tails between two others."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def newest(
        self, lane_id: str, *, limit: int, after: str = "", before: str | None = None
    ) -> Page:
        """List up to `limit` runs of a lane."""
        found = self._between("run", lane_id, after, before, limit)
        runs = tuple(tolerant.those(lane_id, found, run_rows.to_run))
        return Page(runs, len(found), _last(found, limit))

    def needing(
        self, lane_id: str, *, limit: int, after: str = "", before: str | None = None
    ) -> TailPage:
        """List up to `limit` runs about which an operator has to decide."""
        found = self._between("need", lane_id, after, before, limit)
        return TailPage(tuple(map(_tail, found)), _last(found, limit))

    def _between(
        self, kind: str, lane_id: str, after: str, before: str | None, limit: int
    ) -> list[Entity]:
        first, end = rows.range_of(kind)
        last = end if before is None else first + before
        return self._table.query(lane_id, first + after, last, limit=limit)


def _tail(entity: Entity) -> str:
    return entity.row.partition(":")[2]


def _last(found: list[Entity], limit: int) -> str | None:
    return _tail(found[-1]) if len(found) >= limit else None

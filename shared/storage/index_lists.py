"""Lists of the index of runs, newest first over all lanes; what they tell is as of a while ago."""

from dataclasses import dataclass

from shared.domain.identifiers import TAIL_LENGTH, tail_of
from shared.domain.run import Run
from shared.storage import index_rows, rows, tolerant
from shared.storage.run_lists import Page
from shared.storage.table import Entity, Table


@dataclass(frozen=True, slots=True)
class Listing:
    """A run as a list tells it, and when it was so (ms)."""

    run: Run
    as_of: int


class IndexLists:
    """Every method raises StorageUnavailableError."""

    def __init__(self, table: Table, environment: str) -> None:
        self._table = table
        self._partition = index_rows.partition_of(environment)

    def newest(self, name: str, *, limit: int, after: str = "", before: str | None = None) -> Page:
        """List up to `limit` runs of a list, whose tails are between two others."""
        first, end = rows.range_of(name)
        # Behind a whole tail comes its lane; behind what only begins one, any tail that does.
        first += f"{after};" if len(after) == TAIL_LENGTH else after
        last = end if before is None else f"{name}:{before}"
        found = self._table.query(self._partition, first, last, limit=limit)
        runs = tuple(tolerant.those(self._partition, found, index_rows.to_run))
        return Page(runs, len(found), _last(found, limit))

    def run_of(self, session_id: str) -> str | None:
        """Give the id of the run that has or had a flow session."""
        found = self._table.get(self._partition, rows.session_row(session_id))
        return None if found is None else str(found.properties.get("Run"))

    def behind(self, row: str, before: str, limit: int) -> tuple[list[Listing], str | None]:
        """Read up to `limit` rows from one to another, and tell the row to go on behind, if any."""
        found = self._table.query(self._partition, row, before, limit=limit)
        listed = tolerant.those(self._partition, found, _listing)
        return listed, found[-1].row if len(found) >= limit else None


def _listing(partition: str, entity: Entity) -> Listing:
    return Listing(index_rows.to_run(partition, entity), index_rows.as_of(entity))


def _last(found: list[Entity], limit: int) -> str | None:
    return tail_of(index_rows.run_id_in(found[-1].row)) if len(found) >= limit else None

"""Those who wait for a run's end: each has a row beside the run, with his address.

The run itself says who they are (`Run.waiters`), so both are written in one transaction; what comes
of telling one of them is written to his row alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.identifiers import lane_of
from shared.domain.instants import to_iso
from shared.domain.run import Run
from shared.domain.run.notification import Notification
from shared.domain.run.waiter import waiter_key
from shared.domain.run.waiters import join, replaced_by, waiter_of
from shared.storage import rows, tolerant
from shared.storage import run_parts as parts
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import (
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    Replace,
    Table,
    Value,
)

_ANEW: dict[str, Value] = {
    "NotifiedAt": "",
    "NotifyGivenUpAt": "",
    "NotifyError": "",
    "NotifyRetriedAt": "",
    "NotifyEarlier": 0,
}
"""What goes when somebody joins again: a merge leaves what it does not name."""


@dataclass(frozen=True, slots=True)
class StoredWaiter:
    """A waiter's row as it was read. `url`: where he is told; `telling`: what came of that.

    `joined_at`: when he joined last, in ms since the epoch.
    """

    run_id: str
    key: str
    url: str
    joined_at: int
    telling: Notification
    etag: str


class WaiterTable:
    """Every method raises StorageUnavailableError, and UnreadableRowError where one row is read."""

    def __init__(self, table: Table, runs: RunTable) -> None:
        self._table = table
        self._runs = runs

    def join(self, stored: StoredRun, url: str, *, cancels: bool, at: int) -> Run:
        """Have somebody wait for a run's end at an address; give the run after it.

        Where too many wait already, he is not among its waiters.
        """
        key = waiter_key(url)
        row = rows.waiter_row(stored.run.id, key)
        anew: dict[str, Value] = {"JoinedAt": to_iso(at), "NotifyAt": to_iso(at)}
        anew |= {"NotifyAttempts": 0}

        def beside(before: Run) -> list[Operation]:
            if waiter_of(before, key) is None:
                gone = replaced_by(before, key)
                removed = [Delete(rows.waiter_row(before.id, gone.key))] if gone else []
                return [Insert(row, {"Url": url} | anew), *removed]
            return [Merge(row, _ANEW | anew)]

        return self._runs.change(stored, lambda run: join(run, key, cancels=cancels, at=at), beside)

    def read(self, run_id: str, key: str) -> StoredWaiter | None:
        lane_id, row = lane_of(run_id), rows.waiter_row(run_id, key)
        found = self._table.get(lane_id, row)
        return None if found is None else tolerant.one(lane_id, found, _reader(run_id, key))

    def told(self, stored: StoredWaiter, telling: Notification) -> None:
        """Write what came of an attempt; if the row has changed meanwhile, it stays as it is.

        Then another attempt was made beside this one, or somebody joins again.
        """
        properties: dict[str, Value] = {
            "Url": stored.url,
            "JoinedAt": to_iso(stored.joined_at),
        }
        properties |= {
            name: value
            for name, value in parts.from_notification(telling).items()
            if value is not None
        }
        row = rows.waiter_row(stored.run_id, stored.key)
        try:
            self._table.commit(lane_of(stored.run_id), [Replace(row, properties, stored.etag)])
        except ConflictError:
            return


def _reader(run_id: str, key: str) -> Callable[[str, Entity], StoredWaiter]:
    def read(_: str, entity: Entity) -> StoredWaiter:
        properties = entity.properties
        telling = parts.notification(properties) or Notification(0)
        joined_at = parts.instant_or(properties.get("JoinedAt"), 0)
        return StoredWaiter(run_id, key, str(properties["Url"]), joined_at, telling, entity.etag)

    return read

"""Those who wait for a run's end: each has a row beside the run, with his address.

The run itself says who they are (`Run.waiters`), so both are written in one transaction; what comes
of telling one of them is written to his row alone, unless he is given up: that stands on the run
too, by which those are found who nobody tells any more.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from shared.domain.identifiers import lane_of
from shared.domain.instants import to_iso
from shared.domain.run import Run
from shared.domain.run.announcements import tell_again
from shared.domain.run.notification import Notification
from shared.domain.run.waiter import waiter_key
from shared.domain.run.waiters import give_up_waiter, join, replaced_by, waiter_of
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
    StorageError,
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

    def of(self, run_id: str) -> list[StoredWaiter]:
        """Read all who wait for a run, or have left; one request."""
        lane_id, row = lane_of(run_id), rows.waiter_row(run_id, "")
        found = self._table.query(lane_id, row, f"{row}~")

        def read(lane_id: str, entity: Entity) -> StoredWaiter:
            return _reader(run_id, entity.row.removeprefix(row))(lane_id, entity)

        return tolerant.those(lane_id, found, read)

    def told(self, stored: StoredWaiter, telling: Notification) -> None:
        """Write what came of an attempt; if the row has changed meanwhile, it stays as it is.

        Then another attempt was made beside this one, or somebody joins again.
        """
        try:
            self._table.commit(lane_of(stored.run_id), [_told(stored, telling)])
        except ConflictError:
            return

    def given_up(
        self, of: StoredRun, stored: StoredWaiter, telling: Notification, *, at: int
    ) -> None:
        """Write that an attempt was the last one, to the run as well.

        If the row has changed meanwhile, all stays as it is, as in `told`.
        """

        def beside(before: Run) -> list[Operation]:
            found = self.read(before.id, stored.key)
            if found is None or found.etag != stored.etag:
                raise _ChangedError
            return [_told(stored, telling)]

        def step(run: Run) -> Run:
            return give_up_waiter(run, stored.key, telling.attempts, at=at)

        with suppress(_ChangedError):
            self._runs.change(of, step, beside)

    def tell_again(self, stored: StoredRun, *, at: int) -> Run:
        """Have all told again who were given up, the run's own receiver too; give the run after it.

        Their rows begin anew with it: attempts that were under way by then are not noted.
        """

        def beside(before: Run) -> list[Operation]:
            return [
                Merge(rows.waiter_row(before.id, each.key), _anew(each.given_up_after or 0, at))
                for each in before.waiters
                if each.given_up
            ]

        return self._runs.change(stored, lambda run: tell_again(run, at=at), beside)


class _ChangedError(StorageError):
    """A row is not as it was read."""


def _told(stored: StoredWaiter, telling: Notification) -> Replace:
    """Write what came of an attempt to a row that is as it was read."""
    properties: dict[str, Value] = {"Url": stored.url, "JoinedAt": to_iso(stored.joined_at)}
    properties |= {
        name: value for name, value in parts.from_notification(telling).items() if value is not None
    }
    return Replace(rows.waiter_row(stored.run_id, stored.key), properties, stored.etag)


def _anew(attempts: int, at: int) -> dict[str, Value]:
    """Write that somebody is told again who was given up after so many attempts."""
    again: dict[str, Value] = {
        "NotifyGivenUpAt": "",
        "NotifyAt": to_iso(at),
        "NotifyRetriedAt": to_iso(at),
    }
    return again | {"NotifyEarlier": attempts}


def _reader(run_id: str, key: str) -> Callable[[str, Entity], StoredWaiter]:
    def read(_: str, entity: Entity) -> StoredWaiter:
        properties = entity.properties
        telling = parts.notification(properties) or Notification(0)
        joined_at = parts.instant_or(properties.get("JoinedAt"), 0)
        return StoredWaiter(run_id, key, str(properties["Url"]), joined_at, telling, entity.etag)

    return read

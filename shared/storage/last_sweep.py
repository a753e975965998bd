"""What the last sweep has seen beside the runs, and what Dataverse said it allows: one row."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shared.domain.allowance import Allowance
from shared.domain.instants import from_iso, to_iso
from shared.domain.queue_count import QueueCount
from shared.domain.shelf import Shelf
from shared.storage import tolerant
from shared.storage.environment import PARTITION
from shared.storage.rows import number_of
from shared.storage.table import ConflictError, Entity, Insert, Merge, Table, Value

ROW = "sweep"


@dataclass(frozen=True, slots=True)
class LastSweep:
    """`at`: when a sweep was done last (ms); None: none was, yet."""

    at: int | None = None
    messages: tuple[QueueCount, ...] = ()
    allowance: Allowance | None = None


class LastSweepTable:
    """Every method raises StorageUnavailableError, and `read` UnreadableRowError."""

    def __init__(self, table: Table, environment: str) -> None:
        self._table = table
        self._partition = f"{PARTITION}:{environment.lower()}"

    def read(self) -> LastSweep:
        found = self._table.get(self._partition, ROW)
        return LastSweep() if found is None else tolerant.one(self._partition, found, _last_sweep)

    def note(self, at: int, messages: Sequence[QueueCount], allowance: Allowance | None) -> None:
        """Note that a sweep is done."""
        told = json.dumps([asdict(each) for each in messages], separators=(",", ":"))
        self._write({"SweptAt": to_iso(at), "Messages": told} | _from_allowance(allowance))

    def note_allowance(self, allowance: Allowance) -> None:
        """Note what Dataverse said; what the last sweep saw stays."""
        self._write(_from_allowance(allowance))

    def _write(self, properties: dict[str, Value]) -> None:
        try:
            self._table.commit(self._partition, [Merge(ROW, properties)])
        except ConflictError:
            self._insert(properties)

    def _insert(self, properties: dict[str, Value]) -> None:
        try:
            self._table.commit(self._partition, [Insert(ROW, properties)])
        except ConflictError:
            return  # another process has made it: the next sweep comes within a minute


def _from_allowance(allowance: Allowance | None) -> dict[str, Value]:
    if allowance is None:
        return {}
    remaining = min(allowance.remaining, 2**31 - 1)
    return {"AllowanceRemaining": remaining, "AllowanceAt": to_iso(allowance.at)}


def _last_sweep(_: str, entity: Entity) -> LastSweep:
    get = entity.properties.get
    swept_at, allowed_at = get("SweptAt"), get("AllowanceAt")
    messages: list[Any] = json.loads(str(get("Messages", "[]")))
    return LastSweep(
        None if swept_at is None else from_iso(str(swept_at)),
        tuple(QueueCount(Shelf(each["shelf"]), int(each["count"])) for each in messages),
        None
        if allowed_at is None
        else Allowance(
            number_of(entity.properties, "AllowanceRemaining"), from_iso(str(allowed_at))
        ),
    )

"""The simulated table: what Azure Table Storage keeps and refuses, at once and without faults.

The same tests run against this and Azurite (tests/support/table_contract.py).
"""

import itertools
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.storage.table import (
    TRANSACTION_LIMIT,
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    StorageRefusedError,
    Upsert,
    Value,
)

TRANSACTION_BYTES = 4 * 1024 * 1024
ENTITY_BYTES = 1024 * 1024
PROPERTY_BYTES = 64 * 1024
PROPERTIES = 252
KEY_BYTES = 1024
_FORBIDDEN_IN_KEYS = frozenset("/\\#?") | {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))}

Rows = dict[str, Entity]


Watcher = Callable[[str, Mapping[str, Entity | None]], None]


@dataclass(slots=True)
class _Partition:
    rows: Rows = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)


class SimulatedTable:
    """Partitions of rows in order; `watchers` are told what each transaction wrote or removed."""

    def __init__(self) -> None:
        self.watchers: list[Watcher] = []
        self._partitions: dict[str, _Partition] = {}
        self._etags = itertools.count(1)

    def get(self, partition: str, row: str) -> Entity | None:
        found = self._partitions.get(partition)
        return None if found is None else found.rows.get(row)

    def query(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> list[Entity]:
        found = self._partitions.get(partition)
        if found is None:
            return []
        first, last = bisect_right(found.keys, after), bisect_left(found.keys, before)
        if limit is not None:
            last = min(last, first + limit)
        return [found.rows[key] for key in found.keys[first:last]]

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        _check_limits(partition, operations)
        stored = self._partitions.setdefault(partition, _Partition())
        changes = {each.row: self._after(stored.rows, each) for each in operations}
        for entity in changes.values():
            if entity is not None and size_of(entity.properties) > ENTITY_BYTES:
                raise StorageRefusedError("the entity is larger than 1 MiB")
        for row, entity in changes.items():
            if entity is None:
                del stored.rows[row]
                del stored.keys[bisect_left(stored.keys, row)]
                continue
            if row not in stored.rows:
                insort(stored.keys, row)
            stored.rows[row] = entity
        for watcher in self.watchers:
            watcher(partition, changes)
        return {row: entity.etag for row, entity in changes.items() if entity is not None}

    def partitions(self) -> dict[str, Rows]:
        """Give all rows, by partition and row key."""
        return {name: dict(partition.rows) for name, partition in self._partitions.items()}

    def _after(self, rows: Rows, operation: Operation) -> Entity | None:
        """Work out a row after an operation on it; raises ConflictError."""
        found = rows.get(operation.row)
        if isinstance(operation, Upsert):
            return self._entity(operation.row, operation.properties)
        if isinstance(operation, Insert):
            if found is not None:
                raise ConflictError(f"EntityAlreadyExists: {operation.row}")
            return self._entity(operation.row, operation.properties)
        if found is None:
            raise ConflictError(f"ResourceNotFound: {operation.row}")
        if isinstance(operation, Merge):
            return self._entity(operation.row, {**found.properties, **operation.properties})
        if operation.etag not in (None, found.etag):
            raise ConflictError(f"UpdateConditionNotSatisfied: {operation.row}")
        if isinstance(operation, Delete):
            return None
        return self._entity(operation.row, operation.properties)

    def _entity(self, row: str, properties: Mapping[str, Value]) -> Entity:
        return Entity(row, dict(properties), f'W/"{next(self._etags)}"')


def size_of(properties: Mapping[str, Value]) -> int:
    """Estimate what an entity's properties take, as the service counts them."""
    return sum([8 + 2 * len(name) + _size(value) for name, value in properties.items()])


def _size(value: Value) -> int:
    if isinstance(value, str):
        return 2 * len(value) + 4
    return len(value) + 4 if isinstance(value, bytes) else 8


def _check_limits(partition: str, operations: Sequence[Operation]) -> None:
    """Refuse what the service refuses, whatever stands in the table."""
    if not 0 < len(operations) <= TRANSACTION_LIMIT:
        raise StorageRefusedError(f"{len(operations)} operations in one transaction")
    if len({operation.row for operation in operations}) != len(operations):
        raise StorageRefusedError("InvalidDuplicateRow")
    total = 0
    for operation in operations:
        _check_key(partition)
        _check_key(operation.row)
        if not isinstance(operation, Delete):
            _check_properties(operation.properties)
            total += size_of(operation.properties)
    if total > TRANSACTION_BYTES:
        raise StorageRefusedError("the transaction is larger than 4 MiB")


def _check_key(key: str) -> None:
    if 2 * len(key) > KEY_BYTES or not _FORBIDDEN_IN_KEYS.isdisjoint(key):
        raise StorageRefusedError(f"no key: {key[:100]!r}")


def _check_properties(properties: Mapping[str, Value]) -> None:
    if len(properties) > PROPERTIES:
        raise StorageRefusedError("TooManyProperties")
    for name, value in properties.items():
        if isinstance(value, str | bytes):
            if _size(value) - 4 > PROPERTY_BYTES:
                raise StorageRefusedError(f"PropertyValueTooLarge: {name}")
        elif not isinstance(value, bool) and not -(2**31) <= value < 2**31:
            raise StorageRefusedError(f"no 32-bit integer: {name}")

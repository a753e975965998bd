"""Idempotency keys: each names one run for as long as there is one, whatever lane it is in."""

import hashlib
from dataclasses import dataclass

from shared.storage import tolerant
from shared.storage.table import (
    ConflictError,
    Delete,
    Entity,
    Insert,
    Replace,
    StorageUnavailableError,
    Table,
    Value,
)

_PARTITION_DIGITS = 3
PARTITIONS = 16**_PARTITION_DIGITS


@dataclass(frozen=True, slots=True)
class KeyedRun:
    """What stands under a key: the run's id, and the fingerprint of the request that took it.

    `connection`: the one of the run's lane, which may have left; None where an earlier version
    took the key.
    """

    run_id: str
    fingerprint: str
    connection: str | None = None


def digest_of(key: str) -> str:
    """Name a key by its digest: it may hold what a row key may not, and is no one's business."""
    return hashlib.sha256(key.encode()).hexdigest()


class KeyTable:
    """Every method raises StorageUnavailableError, and UnreadableRowError where one row is read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, digest: str) -> KeyedRun | None:
        """Give what stands under a key."""
        found = self._table.get(_partition(digest), digest)
        return None if found is None else _keyed(digest, found)

    def take(self, digest: str, keyed: KeyedRun) -> KeyedRun:
        """Put a run under a key, or give what stands there already."""
        try:
            self._table.commit(_partition(digest), [Insert(digest, _properties(keyed))])
        except ConflictError:
            found = self._table.get(_partition(digest), digest)
            if found is None:
                raise StorageUnavailableError("the key was neither taken nor found") from None
            return _keyed(digest, found)
        return keyed

    def retake(self, digest: str, gone: KeyedRun, keyed: KeyedRun) -> KeyedRun:
        """Put a run under a key whose run is gone, or give what stands there by now."""
        partition = _partition(digest)
        found = self._table.get(partition, digest)
        if found is None:
            return self.take(digest, keyed)
        there = _keyed(digest, found)
        if there != gone:
            return there
        try:
            self._table.commit(partition, [Replace(digest, _properties(keyed), found.etag)])
        except ConflictError:
            return self.take(digest, keyed)
        return keyed

    def release(self, digest: str, run_id: str) -> None:
        """Let a key go that names this run; one that names another by now stays."""
        found = self._table.get(_partition(digest), digest)
        if found is not None and _keyed(digest, found).run_id == run_id:
            self._remove(_partition(digest), found)

    def of_partition(self, number: int) -> list[tuple[str, KeyedRun]]:
        """Read the keys of one of the PARTITIONS: their digests, and what stands under them."""
        partition = f"keys:{number:0{_PARTITION_DIGITS}x}"
        found = self._table.query(partition, "0", "~")
        return tolerant.those(partition, found, lambda _, entity: (entity.row, _from(entity)))

    def _remove(self, partition: str, found: Entity) -> None:
        try:
            self._table.commit(partition, [Delete(found.row, found.etag)])
        except ConflictError:
            return  # taken by another run, or gone


def _partition(digest: str) -> str:
    return f"keys:{digest[:_PARTITION_DIGITS]}"


def _properties(keyed: KeyedRun) -> dict[str, Value]:
    properties: dict[str, Value] = {"RunId": keyed.run_id, "Fingerprint": keyed.fingerprint}
    return properties if keyed.connection is None else properties | {"Connection": keyed.connection}


def _keyed(digest: str, entity: Entity) -> KeyedRun:
    return tolerant.one(_partition(digest), entity, lambda _, found: _from(found))


def _from(entity: Entity) -> KeyedRun:
    properties = entity.properties
    connection = properties.get("Connection")
    return KeyedRun(
        str(properties["RunId"]),
        str(properties["Fingerprint"]),
        None if connection is None else str(connection),
    )

"""Idempotency keys: each names one run for ever, whatever lane the run is in."""

import hashlib
from dataclasses import dataclass

from shared.storage.table import ConflictError, Insert, StorageUnavailableError, Table

_PARTITION_DIGITS = 3


@dataclass(frozen=True, slots=True)
class KeyedRun:
    """What stands under a key: the run's id, and the fingerprint of the request that took it."""

    run_id: str
    fingerprint: str


class KeyTable:
    """Every method raises StorageUnavailableError."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, key: str, keyed: KeyedRun) -> KeyedRun:
        """Put a run under a key, or give what stands there already."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        partition = f"keys:{digest[:_PARTITION_DIGITS]}"
        try:
            properties = {"RunId": keyed.run_id, "Fingerprint": keyed.fingerprint}
            self._table.commit(partition, [Insert(digest, properties)])
        except ConflictError:
            found = self._table.get(partition, digest)
            if found is None:
                raise StorageUnavailableError("the key was neither taken nor found") from None
            return KeyedRun(str(found.properties["RunId"]), str(found.properties["Fingerprint"]))
        return keyed

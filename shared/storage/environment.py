"""What was learnt of the Dataverse environment: connections, callback URLs, and when to keep away.

The connection that a reference was last seen to stand for is kept with the time of asking, so that
all instances share one answer, and an old one serves while Dataverse cannot be asked.
"""

import hashlib
from dataclasses import dataclass

from shared.domain.instants import from_iso, to_iso
from shared.storage.table import ConflictError, Delete, Insert, Merge, Table, Value

PARTITION = "environment"
_HOLD_ROW = "hold"


@dataclass(frozen=True, slots=True)
class KnownConnection:
    """The connection behind a reference, as of `asked_at` (ms since the epoch)."""

    connection: str
    asked_at: int


class EnvironmentTable:
    """Facts about one environment (its host); every method raises StorageUnavailableError."""

    def __init__(self, table: Table, environment: str) -> None:
        self._table = table
        self._partition = f"{PARTITION}:{environment.lower()}"

    def connection_of(self, reference: str) -> KnownConnection | None:
        found = self._table.get(self._partition, _reference_row(reference))
        if found is None:
            return None
        properties = found.properties
        return KnownConnection(str(properties["Connection"]), from_iso(str(properties["AskedAt"])))

    def remember_connection(self, reference: str, known: KnownConnection) -> None:
        properties: dict[str, Value] = {
            "Reference": reference,
            "Connection": known.connection,
            "AskedAt": to_iso(known.asked_at),
        }
        self._write(_reference_row(reference), properties)

    def forget_connection(self, reference: str) -> None:
        """Drop what was known of a reference that Dataverse no longer has."""
        try:
            self._table.commit(self._partition, [Delete(_reference_row(reference))])
        except ConflictError:
            return

    def keeps_callback_urls(self) -> bool:
        """Say whether a session of ours was ever seen to carry its own callback URL."""
        return self._table.get(self._partition, "callbackurl") is not None

    def learn_callback_urls_are_kept(self, session_id: str) -> None:
        self._insert(Insert("callbackurl", {"SeenOn": session_id}))

    def held_until(self) -> int:
        """Tell when sweeps may ask Dataverse again, in ms since the epoch; 0: it never minded."""
        found = self._table.get(self._partition, _HOLD_ROW)
        return 0 if found is None else from_iso(str(found.properties["Until"]))

    def hold_until(self, until: int) -> None:
        """Keep the sweeps of all instances from asking Dataverse before then."""
        self._write(_HOLD_ROW, {"Until": to_iso(until)})

    def _write(self, row: str, properties: dict[str, Value]) -> None:
        try:
            self._table.commit(self._partition, [Merge(row, properties)])
        except ConflictError:
            self._insert(Insert(row, properties))

    def _insert(self, insert: Insert) -> None:
        try:
            self._table.commit(self._partition, [insert])
        except ConflictError:
            return


def _reference_row(reference: str) -> str:
    """Name a reference's row by a digest: its name may hold what a row key may not."""
    return f"reference:{hashlib.sha256(reference.casefold().encode()).hexdigest()[:32]}"

"""What was learnt of the Dataverse environment: connections, callback URLs, and when to keep away.

The connection that a reference was last seen to stand for is kept with the time of asking, so that
all instances share one answer, and an old one serves while Dataverse cannot be asked.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.instants import from_iso, from_iso_if_readable, to_iso
from shared.domain.pause import Hold, Pause, Why
from shared.domain.texts import readable
from shared.storage.rows import PAUSE_LIMIT, number_of
from shared.storage.table import (
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Replace,
    StorageUnavailableError,
    Table,
    Value,
)

PARTITION = "environment"
ATTEMPTS = 20
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

    def knows(self, fact: str) -> bool:
        """Say whether a fact was learnt, by any process."""
        return self._table.get(self._partition, f"fact:{fact}") is not None

    def learn(self, fact: str, seen_on: str) -> None:
        """Remember a fact for all processes; `seen_on`: the session or run that showed it."""
        self._insert(Insert(f"fact:{fact}", {"SeenOn": seen_on}))

    def hold(self) -> Hold:
        """Read until when all instances leave Dataverse alone, and why."""
        return _hold_from(self._table.get(self._partition, _HOLD_ROW))

    def change_hold(self, step: Callable[[Hold], Hold]) -> Hold:
        """Change that, as often as others come between; give what holds after it."""
        for _ in range(ATTEMPTS):
            found = self._table.get(self._partition, _HOLD_ROW)
            before = _hold_from(found)
            after = step(before)
            if after == before:
                return after
            row = _from_hold(after)
            write = Insert(_HOLD_ROW, row) if found is None else Replace(_HOLD_ROW, row, found.etag)
            try:
                self._table.commit(self._partition, [write])
            except ConflictError:
                continue
            return after
        raise StorageUnavailableError("the environment's hold changes too often")

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


def _from_hold(hold: Hold) -> dict[str, Value]:
    pause = hold.pause
    return {
        "Until": to_iso(pause.until),
        "Code": pause.code,
        "Message": readable(pause.message[:PAUSE_LIMIT]),
        "Since": to_iso(pause.since),
        "Times": hold.times,
        "ToldAt": to_iso(hold.told_at),
        "BySubmission": hold.by_submission,
        "Probing": hold.probing,
    }


def _hold_from(entity: Entity | None) -> Hold:
    """Read what holds; earlier versions wrote only until when, and what cannot be read is over."""
    if entity is None:
        return Hold()
    get = entity.properties.get
    until, since, told_at = (
        from_iso_if_readable(get(name)) or 0 for name in ("Until", "Since", "ToldAt")
    )
    code = str(get("Code", Why.SERVICE_PROTECTION if until else ""))
    return Hold(
        Pause(until, code, str(get("Message", "")), since),
        number_of(entity.properties, "Times"),
        told_at,
        by_submission=bool(get("BySubmission", False)),
        probing=bool(get("Probing", False)),
    )


def _reference_row(reference: str) -> str:
    """Name a reference's row by a digest: its name may hold what a row key may not."""
    return f"reference:{hashlib.sha256(reference.casefold().encode()).hexdigest()[:32]}"

"""A table as the broker needs it: point reads, ranges of row keys, and atomic transactions.

Azure's is in azure_table.py. Everything in one transaction shares a partition; it takes at most
100 operations and 4 MiB, and happens as a whole or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.codes.answers import INTERNAL_ERROR, ROW_UNREADABLE, SESSION_TAKEN, UNAVAILABLE
from shared.domain.errors import BrokerError

TRANSACTION_LIMIT = 100

Value = str | int | bool | bytes


class StorageError(BrokerError):
    """Storage did not do what it was to do."""

    code = UNAVAILABLE


class ConflictError(StorageError):
    """A condition of the transaction does not hold: nothing was changed.

    The storage SDK repeats requests by itself, so the condition may fail because the first try of
    this very transaction succeeded: read again, and recognise your own work.
    """


class StorageUnavailableError(StorageError):
    """Storage cannot be reached, throttles or fails. A transaction may have happened or not."""


class SessionTakenError(StorageError):
    """A flow session is another run's already: nothing was changed."""

    code = SESSION_TAKEN


class UnreadableRowError(StorageError):
    """A row says what cannot be read: nothing is known of what it stands for, and it stays."""

    code = ROW_UNREADABLE


class StorageRefusedError(StorageError):
    """Storage never takes this transaction, however often it is sent: nothing was changed.

    It has too many operations or none, one row twice, a value that is too large, or a key that is
    not allowed. Whoever made it has a defect; waiting does not help.
    """

    code = INTERNAL_ERROR


@dataclass(frozen=True, slots=True)
class Entity:
    """A row as it was read; `etag` changes with every write."""

    row: str
    properties: Mapping[str, Value]
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Insert:
    """Add a row; a conflict if it exists."""

    row: str
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Replace:
    """Write a whole row; a conflict if it changed since `etag` was read.

    Without an etag it is written whatever it says; a conflict if it does not exist.
    """

    row: str
    properties: Mapping[str, Value]
    etag: str | None


@dataclass(frozen=True, slots=True)
class Upsert:
    """Write a whole row, whether there is one or not."""

    row: str
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Merge:
    """Write some properties of a row; a conflict if it does not exist."""

    row: str
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a row; a conflict if it does not exist, or changed since `etag` was read."""

    row: str
    etag: str | None = None


Operation = Insert | Replace | Upsert | Merge | Delete


class Table(Protocol):
    """Every method raises StorageUnavailableError."""

    def get(self, partition: str, row: str) -> Entity | None:
        """Read one row."""
        ...

    def query(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> list[Entity]:
        """Read the rows between two row keys, neither of them included, in order."""
        ...

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        """Do all operations or none, each on a row of its own; give the new etags of written rows.

        Raises ConflictError, and StorageRefusedError.
        """
        ...

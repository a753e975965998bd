"""Checks of storage: the table is made, written, read and cleared, the queues are there to use."""

import secrets
from collections.abc import Callable, Iterator
from typing import Protocol

from shared.domain.finding import Finding, failed, not_checked, ok
from shared.settings import Reading
from shared.storage.table import Delete, Insert, StorageError, Table

TABLE = "table"
PARTITION = "diagnosis"
"""Of the rows that the doctor writes; nothing else is there, and each goes at once."""

_DENIED = frozenset({401, 403})
_UNREACHABLE = (
    "Look whether the account's name is right and lets the app in (firewall, private endpoint);"
    " while storage is away nothing is accepted, and nothing is lost."
)
_MEANT = "storage is not set as it must be; see “settings”."


class Queue(Protocol):
    """A queue as it is looked at."""

    def look(self) -> int:
        """Count the messages, about, and make the queue where it is missed; StorageError."""
        ...


def check_table(reading: Reading, table: Callable[[], Table]) -> Iterator[Finding]:
    """Write a row, read it, and remove it; the table is made as a first run would make it."""
    if reading.faults_of("RUN_STORAGE", "RUN_TABLE"):
        yield not_checked(TABLE, f"Where it is cannot be told: {_MEANT}")
        return
    row, word = secrets.token_hex(8), secrets.token_hex(8)
    try:
        made = table()
        made.commit(PARTITION, [Insert(row, {"Word": word})])
        try:
            found = made.get(PARTITION, row)
        finally:
            made.commit(PARTITION, [Delete(row)])
    except StorageError as error:
        yield failed(TABLE, f"{error}.", _advice(error, "Storage Table Data Contributor"))
        return
    if found is None or found.properties.get("Word") != word:
        told = "A row that was written could not be read again."
        yield failed(TABLE, told, "Look whether RUN_STORAGE leads to one account, not to a copy.")
    else:
        yield ok(TABLE, "A row was written, read and removed.")


def check_queue(name: str, reading: Reading, queue: Callable[[], Queue]) -> Iterator[Finding]:
    """Read a queue's properties; it is made as the first message would make it."""
    check = queue_check(name)
    if reading.faults_of("RUN_STORAGE", "QUEUE_PREFIX"):
        yield not_checked(check, f"Where it is cannot be told: {_MEANT}")
        return
    try:
        count = queue().look()
    except StorageError as error:
        yield failed(check, f"{error}.", _advice(error, "Storage Queue Data Contributor"))
    else:
        yield ok(check, f"It is there, with about {count} messages.")


def queue_check(name: str) -> str:
    """Name the check of a queue."""
    return f"queue {name}"


def _advice(error: StorageError, role: str) -> str:
    if getattr(error.__cause__, "status_code", None) in _DENIED:
        return (
            f"Give the app's identity the role {role} on the storage account; that takes some"
            " minutes to work. With a connection string: its key may have been renewed."
        )
    return _UNREACHABLE

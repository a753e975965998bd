"""Tables that fail on purpose, around one that does not."""

from collections.abc import Callable, Mapping, Sequence

from shared.storage.table import Entity, Operation, StorageError, Table


class DeceptiveTable:
    """Commits, and then raises what it was told to: the SDK repeated a request that succeeded.

    `errors` are raised by the next commits, one each; with `before`, something happens first.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.errors: list[StorageError] = []
        self.lost: list[StorageError] = []
        self.before: list[Callable[[], object]] = []
        self.commits = 0

    def get(self, partition: str, row: str) -> Entity | None:
        return self._table.get(partition, row)

    def query(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> list[Entity]:
        return self._table.query(partition, after, before, limit=limit)

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        self.commits += 1
        if self.before:
            self.before.pop(0)()
        if self.lost:
            raise self.lost.pop(0)
        etags = self._table.commit(partition, operations)
        if self.errors:
            raise self.errors.pop(0)
        return etags

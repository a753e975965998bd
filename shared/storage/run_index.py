"""The index of runs: written beside the runs, which are in the partitions of their lanes.

It may be behind them, and is never asked what a run is when that matters. All rows of one run are
written in one transaction, so what is left over of one leads to all of it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.domain.run import Run
from shared.domain.run.announcements import given_up
from shared.storage import index_rows, rows
from shared.storage.index_rows import ACTIVE, GIVEN, NEED, row_in
from shared.storage.table import (
    TRANSACTION_LIMIT,
    ConflictError,
    Delete,
    Entity,
    Insert,
    Operation,
    Replace,
    StorageRefusedError,
    StorageUnavailableError,
    Table,
    Upsert,
)

TRANSACTION_BYTES = 3 * 1024 * 1024
"""How much goes with one transaction, as counted here; storage takes 4 MiB, with its wrapping."""

ATTEMPTS = 10

DOUBLES = 5
"""How many doubles are written with a move: more never come at once."""


@dataclass(frozen=True, slots=True)
class Move:
    """A run that is shown otherwise than before.

    `was_final`: it had ended before. `needed`, `given`: it had a row in these lists.
    """

    run: Run
    was_final: bool = False
    needed: bool = False
    given: bool = False


@dataclass(frozen=True, slots=True)
class _Work:
    """The operations of one run, which go together."""

    run: Run
    operations: list[Operation]

    @property
    def size(self) -> int:
        return sum(map(_size, self.operations))


class RunIndex:
    """Every method raises StorageUnavailableError. `at`: when a run is as it says, in ms.

    Those that write give the runs back whose rows were not as expected: nothing was written of
    them, and `put_right` finds out what is so.
    """

    def __init__(self, table: Table, environment: str) -> None:
        self._table = table
        self._partition = index_rows.partition_of(environment)

    def started(self, runs: Iterable[Run], at: int) -> list[Run]:
        """List new runs; one that is listed already keeps what stands there, which is newer."""
        return self._commit(_Work(run, _inserts(run, at)) for run in runs)

    def moved(self, moves: Iterable[Move], at: int) -> list[Run]:
        """Show runs as they are now; what was ended by another meanwhile does not come back."""
        work = (_Work(move.run, _moves(move, at)) for move in moves)
        return self._commit(each for each in work if each.operations)

    def ended(self, run: Run, at: int) -> bool:
        """Move a run to those that have ended; False if it was not where it should have been."""
        gone = Delete(row_in(ACTIVE, run.id))
        return not self._commit([_Work(run, [*_puts(run, at), gone])])

    def remove(self, runs: Iterable[Run]) -> None:
        """Remove all rows of runs that have ended."""
        work = [_Work(run, [Delete(row) for row in index_rows.rows_of(run, 0)]) for run in runs]
        for run in self._commit(work):
            found = self._those(index_rows.rows_of(run, 0))
            self._write([Delete(each.row) for each in found])

    def put_right(
        self, run_id: str, read: Callable[[], Run | None], at: int, *, copy: Run | None = None
    ) -> bool:
        """Have the index tell of a run what is so; say whether it told something else.

        `read`: reads the run as it is; `copy`: what the index says of it, where that is known.
        Raises what `read` does.
        """
        righted = False
        for _ in range(ATTEMPTS):
            # First the rows, whose etags hold off whatever is older than what is read after them.
            found = self._those(row_in(name, run_id) for name in (ACTIVE, NEED, GIVEN))
            run = read()
            if run is None:
                found += self._of_the_copy(copy, found)
            operations = _differences(run, found, at)
            try:
                self._write(operations)
            except ConflictError:
                continue
            righted = righted or bool(operations)
            # One that was not there had no etag: look again whether the run has gone on meanwhile.
            if not any(isinstance(each, Insert) for each in operations):
                return righted
        raise StorageUnavailableError(f"the rows of run {run_id} in the index change too often")

    def _of_the_copy(self, copy: Run | None, found: list[Entity]) -> list[Entity]:
        """Read what else stands there of a run that is gone."""
        known = {each.row for each in found}
        listed = () if copy is None else index_rows.rows_of(copy, 0)
        return self._those(row for row in listed if row not in known)

    def _those(self, wanted: Iterable[str]) -> list[Entity]:
        found = (self._table.get(self._partition, row) for row in wanted)
        return [each for each in found if each is not None]

    def _commit(self, work: Iterable[_Work]) -> list[Run]:
        """Write as much together as one transaction takes; give the runs of which nothing was."""
        return [run for batch in _batches(work) for run in self._together(batch)]

    def _together(self, batch: Sequence[_Work]) -> list[Run]:
        try:
            self._write([each for work in batch for each in work.operations])
        except (ConflictError, StorageRefusedError) as error:
            if len(batch) == 1 and isinstance(error, ConflictError):
                return [batch[0].run]
            if len(batch) == 1:
                raise
            half = len(batch) // 2
            return self._together(batch[:half]) + self._together(batch[half:])
        return []

    def _write(self, operations: Sequence[Operation]) -> None:
        """Write in one transaction; of a run with very many sessions, the first of these before."""
        while operations:
            spare = max(0, len(operations) - TRANSACTION_LIMIT)
            some = operations[: min(spare, TRANSACTION_LIMIT)] or operations
            self._table.commit(self._partition, some)
            operations = operations[len(some) :]


def _inserts(run: Run, at: int) -> list[Operation]:
    return [Insert(row, each) for row, each in index_rows.rows_of(run, at).items()]


def _puts(run: Run, at: int) -> list[Operation]:
    return [Upsert(row, each) for row, each in index_rows.rows_of(run, at).items()]


def _moves(move: Move, at: int) -> list[Operation]:
    """Write what is shown otherwise; of one that ends only what its announcement leaves alone."""
    run, need = move.run, row_in(NEED, move.run.id)
    decided = move.needed and run.needs_operator_at is None
    operations: list[Operation] = [Delete(need)] if decided else []
    if run.final and not move.was_final:
        return operations
    given, copy = row_in(GIVEN, run.id), index_rows.copy_of(run, at)
    # Only where they stand: one that is late must not bring back what has ended.
    operations += (
        Upsert(row, copy) if row in (need, given) else Replace(row, copy, None)
        for row in index_rows.copies_of(run)
    )
    if move.given and not given_up(run):
        operations.append(Delete(given))
    newest = dict.fromkeys((*run.sessions[:1], *run.double_sessions[-DOUBLES:]))
    operations += (Upsert(rows.session_row(each), index_rows.session_of(run)) for each in newest)
    return operations


def _differences(run: Run | None, found: Iterable[Entity], at: int) -> list[Operation]:
    """Say what has to be written, where these rows stand, to tell of a run what is so."""
    wanted = {} if run is None else index_rows.rows_of(run, at)
    there = {each.row: each for each in found}
    operations: list[Operation] = []
    right = bool(there.keys() & wanted.keys())
    for row, properties in wanted.items():
        stands = there.get(row)
        if stands is not None:
            right = right and index_rows.same(stands.properties, properties)
            operations.append(Replace(row, properties, stands.etag))
        elif row.startswith((f"{ACTIVE}:", f"{NEED}:", f"{GIVEN}:")):
            right = False
            operations.append(Insert(row, properties))
        else:
            operations.append(Upsert(row, properties))
    gone = [Delete(row, each.etag) for row, each in there.items() if row not in wanted]
    return [] if right and not gone else [*operations, *gone]


def _batches(work: Iterable[_Work]) -> Iterator[list[_Work]]:
    """Put together what one transaction takes; a row is written once in each."""
    batch: list[_Work] = []
    touched: set[str] = set()
    size = 0
    for each in work:
        rows_of_it = {operation.row for operation in each.operations}
        size_of_it = each.size
        full = len(touched) + len(rows_of_it) > TRANSACTION_LIMIT
        if batch and (full or size + size_of_it > TRANSACTION_BYTES or rows_of_it & touched):
            yield batch
            batch, touched, size = [], set(), 0
        batch.append(each)
        touched |= rows_of_it
        size += size_of_it
    if batch:
        yield batch


def _size(operation: Operation) -> int:
    """Give about how many bytes an operation is, as it is sent: in JSON of ASCII characters."""
    if isinstance(operation, Delete):
        return 500
    texts = (each for each in operation.properties.values() if isinstance(each, str))
    return 2_000 + sum(len(json.dumps(each)) for each in texts)

"""Runs that nobody needs any more: found by their age, and removed with all their rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from shared.domain.identifiers import first_tail_of
from shared.domain.run import Run
from shared.storage import rows, run_rows, tolerant
from shared.storage.runs import StoredRun, stored_run
from shared.storage.table import TRANSACTION_LIMIT, ConflictError, Delete, Operation, Replace, Table

PAGE = 500


class ExpiredRuns:
    """Every method raises StorageUnavailableError."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_lane(self, lane_id: str, ended_by: int) -> Iterator[StoredRun]:
        """Give the runs that had ended by then (ms), and of whose end everybody was told."""
        _, before = rows.range_of("run")
        after = f"run:{first_tail_of(ended_by)}"
        while True:
            page = self._table.query(lane_id, after, before, limit=PAGE)
            found = tolerant.those(lane_id, page, stored_run)
            yield from (stored for stored in found if _is_over(stored.run, ended_by))
            if len(page) < PAGE:
                return
            after = page[-1].row

    def remove(self, lane_id: str, expired: Sequence[StoredRun]) -> int:
        """Remove runs of a lane with all that is kept of them; give how many were.

        One that has changed since it was read stays, for another day.
        """
        removed = 0
        for batch in _batches(expired):
            removed += self._remove_together(lane_id, batch)
        return removed

    def _remove_together(self, lane_id: str, batch: Sequence[StoredRun]) -> int:
        operations = [each for stored in batch for each in _removal(stored)]
        try:
            if len(operations) > TRANSACTION_LIMIT:
                (stored,) = batch
                return self._remove_piecemeal(lane_id, stored)
            self._table.commit(lane_id, operations)
        except ConflictError:
            if len(batch) == 1:
                return 0
            return sum(self._remove_together(lane_id, [stored]) for stored in batch)
        return len(batch)

    def _remove_piecemeal(self, lane_id: str, stored: StoredRun) -> int:
        """Remove some of a run's many sessions, so that the rest is less: its row tells which."""
        many, rest = _some_sessions(stored.run)
        self._table.commit(
            lane_id,
            [
                Replace(rows.run_row(rest.id), run_rows.from_run(rest), stored.etag),
                *(Delete(rows.session_row(each)) for each in many),
            ],
        )
        entity = self._table.get(lane_id, rows.run_row(rest.id))
        if entity is None:
            return 0
        return self._remove_together(lane_id, [tolerant.one(lane_id, entity, stored_run)])


def _is_over(run: Run, ended_by: int) -> bool:
    return run.final and run.watch_at is None and (run.ended_at or run.changed_at) <= ended_by


def _removal(stored: StoredRun) -> list[Operation]:
    """List the rows that a final run has: which they are follows from the run."""
    run = stored.run
    inputs = (rows.input_row(run.id, number) for number in range(run.input_entities))
    outputs = (rows.output_row(run.id, number) for number in range(run.output_entities or 0))
    sessions = (rows.session_row(each) for each in run.sessions)
    waiters = (rows.waiter_row(run.id, each.key) for each in run.waiters)
    data = (Delete(row) for row in (*inputs, *outputs, *sessions, *waiters))
    return [Delete(rows.run_row(run.id), stored.etag), *data]


def _some_sessions(run: Run) -> tuple[tuple[str, ...], Run]:
    """Split off as many past sessions and doubles as go with one transaction."""
    most = TRANSACTION_LIMIT - 1
    past = run.past_sessions
    doubles = tuple(each for each in run.double_sessions if each != run.flow_session_id)
    if past:
        return past[:most], replace(run, past_sessions=past[most:])
    return doubles[:most], replace(run, double_sessions=doubles[most:])


def _batches(expired: Iterable[StoredRun]) -> Iterator[list[StoredRun]]:
    """Put runs together that fit into one transaction; one that fits into none stands alone."""
    batch: list[StoredRun] = []
    size = 0
    for stored in expired:
        needs = len(_removal(stored))
        if batch and size + needs > TRANSACTION_LIMIT:
            yield batch
            batch, size = [], 0
        batch.append(stored)
        size += needs
    if batch:
        yield batch

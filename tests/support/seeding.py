"""Many runs put into the table at once, as if they had been submitted some time ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from shared.domain.identifiers import lane_of
from shared.domain.lane import Lane
from shared.domain.run import Run
from shared.storage import index_rows, rows, run_rows
from shared.storage.lanes import LaneTable
from shared.storage.table import TRANSACTION_LIMIT, Insert, Table, Upsert


def seed(table: Table, environment: str, runs: Iterable[Run]) -> None:
    """Write runs with their lanes and the rows that stand for them, a transaction for many."""
    by_lane: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_lane[lane_of(run.id)].append(run)
    lanes = LaneTable(table)
    for lane_id, of_lane in by_lane.items():
        lanes.ensure(Lane(lane_id, environment, of_lane[0].request.connection_name))
        operations = [operation for run in of_lane for operation in _rows_of(run)]
        for start in range(0, len(operations), TRANSACTION_LIMIT):
            table.commit(lane_id, operations[start : start + TRANSACTION_LIMIT])


def seed_index(table: Table, environment: str, runs: Iterable[Run], at: int) -> None:
    """Write what the index tells of runs; `at`: when that was so."""
    operations = [
        Upsert(row, properties)
        for run in runs
        for row, properties in index_rows.rows_of(run, at).items()
    ]
    partition = index_rows.partition_of(environment)
    for start in range(0, len(operations), TRANSACTION_LIMIT):
        table.commit(partition, operations[start : start + TRANSACTION_LIMIT])


def _rows_of(run: Run) -> list[Insert]:
    """Give a run's rows, but for a place in a backlog."""
    inserts = [Insert(rows.run_row(run.id), run_rows.from_run(run))]
    watch = rows.watch_of(run)
    if watch is not None:
        inserts.append(Insert(watch.row, rows.watch_properties(run)))
    if run.needs_operator_at is not None:
        inserts.append(Insert(rows.need_row(run.id), {}))
    inserts += [Insert(rows.session_row(each), {"Run": run.id}) for each in run.sessions]
    return inserts

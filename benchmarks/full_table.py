"""A table with backlogs in it, over HTTP: `python -m benchmarks.full_table --backlog 3x1000`.

Azurite looks at every row of a table for each query, so what it takes grows with the table whatever
the app does. This serves the rows of one partition in their order, as Azure does, from memory.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from local.emulator.catalogue import POST_INVOICE
from local.fault_proxy.serving import add_options, serve
from local.parts.azurite import Azurite
from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id
from shared.domain.lane import Lane
from shared.domain.run import Run
from shared.domain.run.steps import queue
from shared.storage import index_rows, rows, run_rows
from shared.storage.lanes import LaneTable
from shared.storage.rows import Place
from shared.storage.table import Value
from tests.support.many_runs import FullTable, FullTablePart, Row
from tests.support.runs import REQUEST
from tests.support.table_service import TableService

HOUR_MS = 3_600_000
EXACT = 100
"""So many runs at the head of a backlog have rows of their own; those behind share theirs."""

Backlog = tuple[int, int]
"""How many lanes have a backlog of how many runs."""


class Backlogs(FullTablePart):
    """The program as a part.

    The lanes are those of `shared-load-1` and on, in the order of `backlogs`.
    """

    name = "full-table"
    module = "benchmarks.full_table"
    start_seconds = 300

    def __init__(
        self, azurite: Azurite, environment: str, folder: Path, backlogs: Sequence[Backlog] = ()
    ) -> None:
        options = ["--environment", environment]
        for lanes, runs in backlogs:
            options += ["--backlog", f"{lanes}x{runs}"]
        super().__init__(azurite, folder, options)

    @property
    def requests(self) -> int:
        """Count the requests that were served so far: each is a line of one character."""
        return self.log().count(".\n")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.full_table", description=__doc__)
    add = parser.add_argument
    add("--environment", required=True, help="Dataverse's host, as lanes have it")
    add("--backlog", action="append", default=[], help="<lanes>x<runs waiting in each>")
    add_options(parser)
    options = parser.parse_args(arguments)
    table = FullTable()
    fill(table, options.environment, [_backlog(each) for each in options.backlog])
    service = TableService(table, heard=_heard)
    return serve("full_table", [service], port=options.port, parent_pid=options.parent_pid)


def fill(table: FullTable, environment: str, backlogs: Sequence[Backlog]) -> None:
    """Put lanes with their backlogs into a table, and the heads of these into its index."""
    waiting = [runs for lanes, runs in backlogs for _ in range(lanes)]
    now, index, made = time.time_ns() // 1_000_000, list[Row](), LaneTable(table)
    for number, runs in enumerate(waiting, start=1):
        connection = f"shared-load-{number}"
        lane = Lane(lane_id(environment, connection), environment, connection)
        head = [_queued(lane, now, place) for place in range(min(runs, EXACT))]
        found = [row for run in head for row in _rows(run.id, run_rows.from_run(run), run.due_at)]
        for place in range(EXACT, runs):
            made_id = _id(lane, now, place)
            found += _rows(made_id, found[0][1], now - HOUR_MS + place)
        index += (row for run in head for row in index_rows.rows_of(run, now).items())
        table.fill(lane.id, found)
        made.ensure(lane)
    if index:
        table.fill(index_rows.partition_of(environment), index)


def _queued(lane: Lane, now: int, place: int) -> Run:
    request = replace(REQUEST, workflow_id=POST_INVOICE.id, connection_name=lane.connection)
    made_id = _id(lane, now, place)
    return queue(made_id, request, input_entities=0, connection=lane.connection)


def _id(lane: Lane, now: int, place: int) -> str:
    """Name a run by its place in the backlog: each came a millisecond after the one before."""
    return run_id(lane.id, now - HOUR_MS + place, secrets.token_bytes(TAIL_RANDOM_BYTES))


def _rows(made_id: str, run: Mapping[str, Value], due_at: int) -> list[Row]:
    """Give a queued run's rows: its own, and its place in the backlog."""
    return [(rows.run_row(made_id), run), (Place(made_id, due_at, 0).row, {"Attempts": 0})]


def _backlog(text: str) -> Backlog:
    lanes, _, runs = text.partition("x")
    return int(lanes), int(runs)


def _heard(_: str) -> None:
    sys.stdout.write(".\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

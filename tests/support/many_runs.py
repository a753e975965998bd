"""A table of a hundred thousand runs, over HTTP: `python -m tests.support.many_runs`.

The rows are those that the app writes, made by its own storage layer, and put into the table of the
simulation; what an app reads of them it reads over HTTP, as from Azure.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from local.emulator.catalogue import WORKFLOWS
from local.fault_proxy.serving import add_options, serve
from local.parts.azurite import Azurite
from local.parts.process import Part, ready_line
from shared.domain.identifiers import lane_id, lane_of, run_id
from shared.domain.lane import Lane
from shared.domain.request import RunMode, RunRequest
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.decision import Candidate
from shared.domain.run.steps import queue
from shared.storage import index_rows, rows, run_rows
from shared.storage.lanes import LaneTable
from shared.storage.run_changes import operations_between
from shared.storage.table import Entity, Insert, Value
from tests.simulation.table import SimulatedTable, _Partition
from tests.support.table_service import TableService

RUNS, LANES = 100_000, 500
DAYS = 28
"""How far back they go: nothing is old enough to be removed while somebody looks."""

ANSWER_MS = 5
"""What a request to Table Storage takes at least in the same region, with a network between."""

MINUTE, DAY = 60_000, 86_400_000
FAILED = RunError("ActionFailed", "An action of the desktop flow failed.", None, None, True)
UNDECIDED = RunError("SeveralSessions", "Several sessions may be this run's.")
QUEUED = RunStatus.QUEUED
RUNNING = RunStatus.RUNNING
UNCONFIRMED = RunStatus.UNCONFIRMED
ENDED = {
    RunStatus.SUCCEEDED: 955,
    RunStatus.FAILED: 30,
    RunStatus.CANCELLED: 10,
    RunStatus.TIMED_OUT: 5,
}
"""How often the others have ended so, in a thousand."""

LATEST = {QUEUED: 300, RUNNING: 180, UNCONFIRMED: 12}
"""How many of the newest runs go on, by their state."""


Row = tuple[str, Mapping[str, Value]]


class FullTable(SimulatedTable):
    """The simulated table, filled at once with rows that nobody else writes meanwhile."""

    def fill(self, partition: str, found: Iterable[tuple[str, Mapping[str, Value]]]) -> None:
        """Put rows into an empty partition; those that are alike share their values."""
        rows = {row: Entity(row, values, f'W/"{next(self._etags)}"') for row, values in found}
        self._partitions[partition] = _Partition(rows, sorted(rows))


class FullTablePart(Part):
    """A program that serves a full table, as a part: `azurite` stands behind it for the queues.

    `module`: the program; `options`: what it is told.
    """

    module: str

    def __init__(self, azurite: Azurite, folder: Path, options: Sequence[str]) -> None:
        super().__init__(folder)
        self._azurite = azurite
        self._options = options

    def command(self) -> list[str]:
        return [sys.executable, "-m", self.module, *self._options]

    def read_ready(self, log: str) -> bool:
        ready = ready_line(log)
        if ready is None:
            return False
        direct = self._azurite.table_url.rpartition("/")[0]
        self.connection_string = self._azurite.connection_string.replace(direct, ready["url"])
        return True


class ManyRuns(FullTablePart):
    """The program as a part."""

    name = "many-runs"
    module = "tests.support.many_runs"
    start_seconds = 600

    def __init__(
        self, azurite: Azurite, environment: str, folder: Path, *, runs: int = RUNS
    ) -> None:
        super().__init__(azurite, folder, ["--environment", environment, "--runs", str(runs)])

    @property
    def requests(self) -> list[str]:
        """List the requests that were served so far, each with its path and query."""
        return [line for line in self.log().splitlines() if not line.startswith("{")]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.many_runs", description=__doc__)
    parser.add_argument("--environment", required=True, help="Dataverse's host, as lanes have it")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--lanes", type=int, default=LANES)
    parser.add_argument("--answer-ms", type=int, default=ANSWER_MS)
    add_options(parser)
    options = parser.parse_args(arguments)
    table = FullTable()
    fill(table, options.environment, options.runs, options.lanes)
    service = TableService(table, options.answer_ms / 1000, heard=_tell)
    return serve("many_runs", [service], port=options.port, parent_pid=options.parent_pid)


def _tell(request: str) -> None:
    sys.stdout.write(f"{request}\n")
    sys.stdout.flush()


def fill(table: FullTable, environment: str, count: int, lanes: int) -> None:
    """Put so many runs over so many lanes into a table, with the index of them."""
    names = [f"shared-load-{number}" for number in range(1, lanes + 1)]
    ids = {name: lane_id(environment, name) for name in names}
    now = time.time_ns() // 1_000_000
    of_lanes, index = defaultdict[str, list[Row]](list), list[Row]()
    for run in runs(ids, count, now):
        of_lanes[lane_of(run.id)] += _rows_of(run)
        index += index_rows.rows_of(run, now).items()
    table.fill(index_rows.partition_of(environment), index)
    for lane, found in of_lanes.items():
        table.fill(lane, found)
    made = LaneTable(table)
    for name, lane in ids.items():
        made.ensure(Lane(lane, environment, name))


def runs(lanes: Mapping[str, str], count: int, now: int) -> Iterator[Run]:
    """Make runs of the last weeks, the newest of which go on, oldest first."""
    chance, names, flows = random.Random(5), list(lanes), list(WORKFLOWS)
    states = [state for state, many in LATEST.items() for _ in range(many)]
    states = chance.sample(states, min(len(states), count // 2))
    for number in range(count):
        left = count - number
        at = now - MINUTE - left * (DAYS * DAY - MINUTE) // count
        name = names[chance.randrange(len(names))]
        request = RunRequest(
            workflow_id=flows[chance.randrange(len(flows))],
            connection_name=name,
            run_mode=RunMode.UNATTENDED,
            correlation_id=f"order {number // 20}",
        )
        made = run_id(lanes[name], at, chance.randbytes(10))
        run = queue(made, request, input_entities=0, connection=name)
        session = str(UUID(bytes=chance.randbytes(16), version=4))
        if left <= len(states):
            yield _going_on(run, states[left - 1], session, now)
        else:
            yield _ended(run, chance, session)


def _going_on(run: Run, status: RunStatus, session: str, now: int) -> Run:
    at = run.created_at
    if status is QUEUED:
        return run
    sent = replace(run, attempts=1, claim="0a" * 9, claimed_at=at, changed_at=at + 700)
    sent = replace(sent, status=status, watch_at=now + DAY, callback_base="http://127.0.0.1:9")
    if status is RUNNING:
        return replace(sent, flow_session_id=session, submitted_at=at + 700, started_at=at + 5_000)
    candidate = Candidate(session, at + 900, 2, ("the flow", "the inputs"), ("its time",))
    return replace(
        sent,
        error=UNDECIDED,
        needs_operator_at=at + 2_000,
        operator_told_at=at + 2_000,
        candidates=(candidate,),
    )


def _ended(run: Run, chance: random.Random, session: str) -> Run:
    (status,) = chance.choices(list(ENDED), list(ENDED.values()))
    began = run.created_at + chance.randrange(1_000, 90_000)
    ended = began + chance.randrange(2_000, 600_000)
    return replace(
        run,
        status=status,
        attempts=1,
        claim="0a" * 9,
        claimed_at=began - 900,
        submitted_at=began - 400,
        started_at=began,
        completed_at=ended,
        ended_at=ended,
        published_at=ended,
        changed_at=ended,
        flow_session_id=session,
        error=FAILED if status is RunStatus.FAILED else None,
        callback_base="http://127.0.0.1:9",
    )


def _rows_of(run: Run) -> list[Row]:
    """Give the rows that stand for a run in its lane's partition."""
    inserts = (each for each in operations_between(None, run) if isinstance(each, Insert))
    others = [(each.row, each.properties) for each in inserts]
    return [(rows.run_row(run.id), run_rows.from_run(run)), *others]


if __name__ == "__main__":
    sys.exit(main())

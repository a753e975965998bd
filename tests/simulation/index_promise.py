"""What the index of runs has to tell, once all is at rest: what is so, and of every run.

Worked out from the rows of the runs, by the words of docs/architecture.md rather than by the app.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping

from shared.domain.run import FINAL, RunStatus
from shared.storage.table import Entity, Value
from tests.simulation.dataverse import ENVIRONMENT
from tests.simulation.table import SimulatedTable

PARTITION = f"runs:{ENVIRONMENT}"
COPIED = ("Status", "FlowSessionId", "NeedsOperatorAt", "NotifyGivenUpAt", "EndedAt", "ErrorCode")
"""What a copy tells that somebody looks for; others may be as of a while ago."""


def differences(table: SimulatedTable, runs: Mapping[str, Mapping[str, Value]]) -> Iterator[str]:
    """Tell where the index tells otherwise, or of what is not; `runs`: all rows, by run id."""
    told = table.partitions().get(PARTITION, {})
    wanted = {row: run for run_id, run in runs.items() for row in _rows(run_id, run)}
    for row in sorted(wanted.keys() - told.keys()):
        yield f"{row} is missing"
    spare = {row for run_id, run in runs.items() for row in _sessions(run)}
    for row in sorted(told.keys() - wanted.keys() - spare):
        yield f"{row} is left over"
    for row in sorted(wanted.keys() & told.keys()):
        found = _differing(row, told[row], wanted[row])
        if found:
            yield f"{row} is wrong about {', '.join(found)}"


def untold(
    table: SimulatedTable,
    runs: Mapping[str, Mapping[str, Value]],
    partition: str,
    changes: Mapping[str, Entity | None],
) -> Iterator[str]:
    """Tell what the index does not know at the moment in which it is noted on a run that it does.

    `runs`: as they were before these changes.
    """
    for changed, entity in changes.items():
        if not changed.startswith("run:") or entity is None:
            continue
        run_id, run = f"{partition}-{changed.removeprefix('run:')}", entity.properties
        if "IndexedAt" not in run or "IndexedAt" in runs.get(run_id, {}):
            continue
        for row in _rows(run_id, run):
            if table.get(PARTITION, row) is None:
                yield f"{row} is missing, and nobody will tell it"


def _differing(row: str, entity: Entity, run: Mapping[str, Value]) -> list[str]:
    if row.startswith("session:"):
        return []
    return [name for name in COPIED if entity.properties.get(name) != run.get(name)]


def _rows(run_id: str, run: Mapping[str, Value]) -> Iterator[str]:
    """Name the rows that a run must have."""
    lane, tail = run_id.split("-")
    place = f"{tail}:{lane}"
    status = RunStatus(str(run["Status"]))
    yield f"ended:{status.value}:{place}" if status in FINAL else f"active:{place}"
    if "NeedsOperatorAt" in run and status not in FINAL:
        yield f"need:{place}"
    if "NotifyGivenUpAt" in run or given_up(run):
        yield f"given:{place}"
    correlation_id = run.get("CorrelationId")
    if isinstance(correlation_id, str):
        digest = hashlib.sha256(correlation_id.encode()).hexdigest()
        yield f"correlation:{digest}:{place}"
    if "FlowSessionId" in run:
        yield f"session:{run['FlowSessionId']!s}"


def given_up(run: Mapping[str, Value]) -> set[str]:
    """Name the engines that wait for a run's end, and are told of it no more."""
    waiters = json.loads(str(run.get("Waiters", "[]")))
    return {each["key"] for each in waiters if "given_up_after" in each and "left" not in each}


def _sessions(run: Mapping[str, Value]) -> Iterator[str]:
    """Name those of all its sessions, whenever they came to light."""
    names = ("FlowSessionId", "PastSessions", "DoubleSessions")
    ids = {each for name in names for each in str(run.get(name, "")).split(",") if each}
    yield from (f"session:{each}" for each in sorted(ids))

"""The rows of the index of runs: which a run has follows from the run, in this one place.

`active:<tail>:<lane id>` · `ended:<status>:<tail>:<lane id>` · `need:<tail>:<lane id>` ·
`given:<tail>:<lane id>` · `correlation:<digest>:<tail>:<lane id>`: copies of the run's own row.
`session:<flow session id>`: the id of the run that has or had it.
"""

from collections.abc import Mapping

from shared.domain.identifiers import lane_of, tail_of
from shared.domain.instants import from_iso_if_readable, to_iso
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import given_up
from shared.storage import rows, run_rows
from shared.storage.keys import digest_of
from shared.storage.table import Entity, Value

ACTIVE, NEED, GIVEN = "active", "need", "given"

Rows = dict[str, Mapping[str, Value]]
"""What stands under each row key."""


def partition_of(environment: str) -> str:
    """Name the partition of an environment's index, which is none of a lane's."""
    return f"runs:{environment.lower()}"


def ended(status: RunStatus) -> str:
    """Name the list of the runs that ended so."""
    return f"ended:{status.value}"


def correlated(correlation_id: str) -> str:
    """Name the list of the runs of a correlation id, which may hold what no key may."""
    return f"correlation:{digest_of(correlation_id)}"


def row_in(name: str, run_id: str) -> str:
    """Name a run's row in a list."""
    return f"{name}:{tail_of(run_id)}:{lane_of(run_id)}"


def run_id_in(row: str) -> str:
    """Read a run's id from its row in a list."""
    *_, tail, lane_id = row.split(":")
    return f"{lane_id}-{tail}"


def main_row(run: Run) -> str:
    """Name the row that a run has for as long as there is one: where its state lists it."""
    return row_in(ended(run.status) if run.final else ACTIVE, run.id)


def copies_of(run: Run) -> list[str]:
    """Name the rows that are copies of the run."""
    found = [main_row(run)]
    if run.needs_operator_at is not None:
        found.append(row_in(NEED, run.id))
    if given_up(run):
        found.append(row_in(GIVEN, run.id))
    if run.request.correlation_id is not None:
        found.append(row_in(correlated(run.request.correlation_id), run.id))
    return found


def session_rows(run: Run) -> Rows:
    """Give the rows of all sessions that the run has or had."""
    return {rows.session_row(each): session_of(run) for each in run.sessions}


def session_of(run: Run) -> Mapping[str, Value]:
    """Give what a session's row says: whose it is."""
    return {"Run": run.id}


def copy_of(run: Run, at: int) -> Mapping[str, Value]:
    """Copy a run's own row but for its history, which no list shows; `at`: when it was so (ms)."""
    kept = ((name, value) for name, value in run_rows.from_run(run).items() if name != "History")
    return dict(kept) | {"AsOf": to_iso(at)}


def rows_of(run: Run, at: int) -> Rows:
    """Give all rows of a run; the copies last, as they go together."""
    copy = copy_of(run, at)
    return {**session_rows(run), **dict.fromkeys(copies_of(run), copy)}


def to_run(_: str, entity: Entity) -> Run:
    """Read a run from a copy of its row."""
    run_id = run_id_in(entity.row)
    own = Entity(rows.run_row(run_id), entity.properties)
    return run_rows.to_run(lane_of(run_id), own)


def as_of(entity: Entity) -> int:
    """Tell when a copy was as it says (ms); 0 where that cannot be read."""
    return from_iso_if_readable(entity.properties.get("AsOf")) or 0


def same(one: Mapping[str, Value], other: Mapping[str, Value]) -> bool:
    """Say whether two copies tell the same, whenever that was so."""
    return {**one, "AsOf": ""} == {**other, "AsOf": ""}

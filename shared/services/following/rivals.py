"""Rivals: the other runs that await an answer, any of which may own a session without an owner."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.domain.run import Run
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable
from shared.storage.table import UnreadableRowError


@dataclass(frozen=True, slots=True)
class Rival:
    """Another run; `run` is None where its row cannot be read, so that any session may be its own.

    It awaited an answer when its lane was read, and may have one by now.
    """

    run_id: str
    run: Run | None


def rivals(run: Run, lane_ids: Iterable[str], lanes: LaneTable, runs: RunTable) -> Iterator[Rival]:
    """Read the rivals of a run in some lanes; raises StorageUnavailableError."""
    for lane_id in lane_ids:
        for watch in lanes.awaiting(lane_id):
            if watch.run_id == run.id:
                continue
            try:
                stored = runs.read(watch.run_id)
            except UnreadableRowError:
                yield Rival(watch.run_id, None)
                continue
            if stored is not None:
                yield Rival(watch.run_id, stored.run)

"""Runs that are due: read for their looks, which nobody passes over in silence.

A look at a run that cannot be read would come first in every round, and take the room of others. It
is put off, and tried again: the run's row may have been mended.
"""

import logging
from collections.abc import Callable, Sequence

from shared.domain.instants import in_a_key
from shared.services.rounds.round import Round
from shared.storage.rows import Watch
from shared.storage.runs import StoredRun
from shared.storage.table import UnreadableRowError
from shared.telemetry import event

UNREADABLE_MS = 600_000
"""How long a run is left alone whose row cannot be read."""


def read_due(watches: Sequence[Watch], this: Round) -> list[StoredRun]:
    """Read the runs of these looks, side by side."""

    def reader(watch: Watch) -> Callable[[], StoredRun | None]:
        return lambda: _read(watch, this)

    found = this.side_by_side([(watch.run_id, reader(watch)) for watch in watches])
    return [stored for stored in found if stored is not None]


def _read(watch: Watch, this: Round) -> StoredRun | None:
    try:
        stored = this.runs.read(watch.run_id)
    except UnreadableRowError:
        this.lanes.put_off(watch, this.clock.now() + UNREADABLE_MS)
        raise
    if stored is None:
        event("run.look_without_run", level=logging.ERROR, run_id=watch.run_id)
        this.lanes.forget_watch(watch)
        return None
    if stored.run.watch_at is None:
        # Its time cannot be read, or somebody has just looked: then this look is gone.
        this.lanes.put_off(watch, this.clock.now())
        return None
    if in_a_key(stored.run.watch_at) != watch.watch_at:
        this.lanes.forget_watch(watch)
    return stored

"""Telling the index of runs what becomes of them; what fails is told, and fails nobody else.

How it heals: a run's next change tells of it again, its end is told until the index has it, and the
sweep looks for what is still otherwise (reconcile.py).
"""

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from shared.domain.run import Run
from shared.services.indexing.moves import Moves, move_between
from shared.services.ports import Clock
from shared.storage.run_index import Move, RunIndex
from shared.storage.runs import RunTable
from shared.storage.table import StorageError, UnreadableRowError
from shared.telemetry import event, failure

SLOW_SECONDS = 2.0
"""A failure that took so long is not waited for again by whoever comes next."""

QUIET_SECONDS = 30.0
"""For so long after it nothing is told: no start, callback or lane is to wait for an index."""


@dataclass(frozen=True, slots=True)
class Index:
    """Raises nothing, but for `removed` and `put_right`."""

    table: RunIndex
    runs: RunTable
    clock: Clock
    _quiet_until: list[float] = field(default_factory=lambda: [-math.inf])

    def started(self, *runs: Run) -> None:
        """List runs that were accepted just now."""
        if runs:
            self._try("started", lambda: self.table.started(runs, self.clock.now()))

    def moved(self, before: Run, after: Run) -> None:
        """Show a run as it is after a change, at once."""
        move = move_between(before, after)
        if move is not None:
            self._write([move])

    def flush(self, moves: Moves) -> None:
        """Show what was gathered, in one write; it may be a thread's own work."""
        found = moves.take()
        try:
            if found:
                self._write(found)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: told, not lost
            failure("index.failed", error)

    def ended(self, run: Run) -> bool:
        """Move a run to those that have ended; say whether it is there now."""

        def end() -> None:
            if not self.table.ended(run, self.clock.now()):
                self._put_right(run.id)

        return self._try("ended", end)

    def needs_operator(self, run: Run) -> bool:
        """List a run that somebody has to decide about; say whether it is listed now."""
        return self._try("needs_operator", partial(self._show, [Move(run)]))

    def removed(self, runs: Iterable[Run]) -> None:
        """Remove runs from all lists, before they are; raises StorageUnavailableError."""
        self.table.remove(run for run in runs if run.indexed_at is not None)

    def put_right(self, run_id: str, copy: Run | None = None) -> bool:
        """Have the index tell what is so of a run, whatever it told; say whether that was else.

        Raises StorageUnavailableError; a run whose row cannot be read stays as it is listed.
        """
        try:
            return self._put_right(run_id, copy)
        except UnreadableRowError:
            return False  # told where it was read

    def _put_right(self, run_id: str, copy: Run | None = None) -> bool:
        read = partial(self._read, run_id)
        return self.table.put_right(run_id, read, self.clock.now(), copy=copy)

    def _read(self, run_id: str) -> Run | None:
        stored = self.runs.read(run_id)
        return None if stored is None else stored.run

    def _write(self, moves: Iterable[Move]) -> None:
        self._try("moved", partial(self._show, list(moves)))

    def _show(self, moves: list[Move]) -> None:
        """Show runs as they are; of those that are listed otherwise, find out what is so."""
        for run in self.table.moved(moves, self.clock.now()):
            self.put_right(run.id)

    def _try(self, what: str, write: Callable[[], object]) -> bool:
        began = self.clock.monotonic()
        if began < self._quiet_until[0]:
            return False
        try:
            write()
        except StorageError as error:
            now = self.clock.monotonic()
            if now - began >= SLOW_SECONDS:
                self._quiet_until[0] = now + QUIET_SECONDS
            event("index.not_written", level=logging.WARNING, what=what, reason=str(error))
            return False
        return True

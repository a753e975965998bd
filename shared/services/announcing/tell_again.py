"""Telling again: what was given up is told as if the run had ended now, since somebody asks."""

from dataclasses import dataclass

from shared.domain.identifiers import is_run_id
from shared.domain.run import Run
from shared.domain.run.announcements import told_again
from shared.services.announcing.announce import Announce
from shared.services.ports import Clock
from shared.services.refusals import NothingGivenUpError
from shared.storage.runs import RunTable
from shared.storage.waiters import WaiterTable
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class TellAgain:
    """Begins anew with a receiver, or an engine that waits, to whom an end could not be told.

    One transaction says so, and leaves a look at the run: whoever dies after it is followed by the
    sweep. A repeat finds it done, and is answered as the first request.
    """

    runs: RunTable
    waiters: WaiterTable
    announce: Announce
    clock: Clock

    def __call__(self, run_id: str) -> Run | None:
        """Have a run's end told again; give the run after it, None if there is none.

        Raises NothingGivenUpError and StorageUnavailableError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        run = self.waiters.tell_again(stored, at=self.clock.now())
        if not told_again(run):
            raise NothingGivenUpError
        event("run.told_again", run_id=run.id)
        self._tell(run)
        return run

    def _tell(self, run: Run) -> None:
        """Ask for the attempts at once; if that fails, the look at the run remains."""
        stored = self.runs.read(run.id) if run.watch_at is not None else None
        if stored is not None:
            self.announce.at_once(stored)

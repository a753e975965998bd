"""Polling: the looks that are due, over all lanes, 100 sessions a request to Dataverse."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from shared.dataverse.errors import DataverseError, NotFoundError
from shared.domain.identifiers import lane_of
from shared.domain.session import FlowSession
from shared.domain.steps import look_again
from shared.services.announce import Announce
from shared.services.cancel import carry_out
from shared.services.confirm import Confirm
from shared.services.ports import Clock, Crew, Dataverse, Result
from shared.services.sessions import Record
from shared.services.wake import Waker
from shared.storage.rows import WatchRow
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import StorageError
from shared.telemetry import event, failure

SESSIONS_A_REQUEST = 100
"""How many sessions one query asks for (the Dataverse contract, section 1)."""

RETRY_MS = 60_000


@dataclass(frozen=True, slots=True)
class Poll:
    """Looks at runs; what it does not get to, or what fails, stays due."""

    runs: RunTable
    dataverse: Dataverse
    record: Record
    confirm: Confirm
    announce: Announce
    waker: Waker
    clock: Clock

    def __call__(self, watches: Sequence[WatchRow], crew: Crew, ends: float) -> None:
        """Take the looks that are due, until `ends` (monotonic seconds) or Dataverse fails."""
        for start in range(0, len(watches), SESSIONS_A_REQUEST):
            if self.clock.monotonic() >= ends:
                return
            stored = self._read(watches[start : start + SESSIONS_A_REQUEST], crew, ends)
            over = [item for item in stored if item.run.final]
            self._side_by_side(
                [(item.run.id, partial(self.announce, item)) for item in over], crew, ends
            )
            stored = [item for item in stored if not item.run.final]
            try:
                self._look_at_sessions(stored, crew, ends)
            except DataverseError as error:
                event("poll.stopped", level=logging.WARNING, reason=str(error))
                return
            self._confirm(stored, crew, ends)

    def _read(self, watches: Sequence[WatchRow], crew: Crew, ends: float) -> list[StoredRun]:
        def reader(watch: WatchRow) -> Callable[[], StoredRun | None]:
            return lambda: self.runs.read(watch.run_id)

        work = [(watch.run_id, reader(watch)) for watch in watches]
        found = self._side_by_side(work, crew, ends)
        return [stored for stored in found if stored is not None and stored.run.watch_at]

    def _look_at_sessions(self, stored: Sequence[StoredRun], crew: Crew, ends: float) -> None:
        by_id = {item.run.flow_session_id: item for item in stored if item.run.flow_session_id}
        if not by_id:
            return
        sessions = self.dataverse.sessions([session_id for session_id in by_id if session_id])

        def look(item: StoredRun, session: FlowSession | None) -> Callable[[], None]:
            return lambda: self._look(item, session)

        work = [
            (item.run.id, look(item, sessions.get(session_id)))
            for session_id, item in by_id.items()
        ]
        self._side_by_side(work, crew, ends)

    def _look(self, stored: StoredRun, session: FlowSession | None) -> None:
        session_id = stored.run.flow_session_id or ""
        try:
            # A query leaves out what may not be read; only this tells it from what is gone.
            session = session or self.dataverse.session(session_id)
        except NotFoundError:
            self.record.missing(stored, session_id)
            return
        except DataverseError as error:
            event("run.unreadable", level=logging.WARNING, run_id=stored.run.id, reason=str(error))
            retry_at = self.clock.now() + RETRY_MS
            self.runs.change(stored, lambda run: look_again(run, retry_at))
            return
        run = self.record(stored, session, by="poll")
        if session.finished and not run.final:
            self.waker.wake_soon(lane_of(run.id))
        carry_out(self.dataverse, run)

    def _confirm(self, stored: Sequence[StoredRun], crew: Crew, ends: float) -> None:
        def confirmer(item: StoredRun) -> Callable[[], None]:
            return lambda: self.confirm(item)

        awaiting = [item for item in stored if item.run.awaits_answer]
        self._side_by_side([(item.run.id, confirmer(item)) for item in awaiting], crew, ends)

    def _side_by_side(
        self, work: Sequence[tuple[str, Callable[[], Result]]], crew: Crew, ends: float
    ) -> list[Result]:
        """Do all of it, each under its run's id, and give what came of what succeeded.

        A look that fails stays due. It must not stop the others: it would again in every round.
        """
        calls = [(run_id, crew.start(each)) for run_id, each in work]
        crew.wait([call for _, call in calls], max(0.0, ends - self.clock.monotonic()))
        results = []
        for run_id, call in calls:
            try:
                results += [call.result()] if call.done() else []
            except (DataverseError, StorageError) as error:
                event("run.look_failed", level=logging.WARNING, run_id=run_id, reason=str(error))
            except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: told, not lost
                failure("run.look_failed", error, run_id=run_id)
        return results

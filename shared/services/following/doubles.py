"""Double sessions: cancelled again and again, until Dataverse says that they are over.

Whoever brings one to light notes it and cancels it at once (sessions.py). But that process may die
in between, or Dataverse not be there; the row that was written with the note remains.
"""

import logging
from dataclasses import dataclass

from shared.dataverse.errors import DataverseError, NotFoundError
from shared.services.ports import FlowSessions
from shared.storage.lanes import LaneTable
from shared.storage.rows import Double
from shared.storage.runs import RunTable
from shared.storage.table import StorageError
from shared.telemetry import event

DOUBLES_A_ROUND = 20


@dataclass(frozen=True, slots=True)
class Doubles:
    """Ends the double sessions of a lane."""

    runs: RunTable
    lanes: LaneTable
    sessions: FlowSessions

    def __call__(self, lane_id: str) -> None:
        """Look at each of them; what fails is told and left to the next round."""
        try:
            for double in self.lanes.doubles(lane_id, DOUBLES_A_ROUND):
                self._end(lane_id, double)
        except (DataverseError, StorageError) as error:
            event("doubles.failed", level=logging.WARNING, lane=lane_id, reason=str(error))

    def _end(self, lane_id: str, double: Double) -> None:
        if self._is_over(double):
            self.lanes.forget_double(lane_id, double)
            return
        event(
            "run.double_works",
            level=logging.ERROR,
            run_id=double.run_id,
            flow_session_id=double.session_id,
        )
        self.sessions.cancel(double.session_id)

    def _is_over(self, double: Double) -> bool:
        """Say whether the session has ended, or became the run's own after all."""
        stored = self.runs.read(double.run_id)
        if stored is None or double.session_id not in stored.run.double_sessions:
            return True
        try:
            return self.sessions.session(double.session_id).finished
        except NotFoundError:
            return True

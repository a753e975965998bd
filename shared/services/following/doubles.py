"""Double sessions: cancelled again and again, until Dataverse says that they are over.

Whoever brings one to light notes it and cancels it at once (record.py). But that process may die
in between, or Dataverse not be there; the row that was written with the note remains.
"""

import logging
from dataclasses import dataclass

from shared.dataverse.errors import (
    AppRefusedError,
    DataverseError,
    NotFoundError,
    NotSentError,
    ThrottledError,
)
from shared.services.ports import Clock, FlowSessions
from shared.services.rotation import rotated
from shared.storage.lanes import LaneTable
from shared.storage.rows import Double
from shared.storage.runs import RunTable
from shared.storage.table import StorageError
from shared.telemetry import event

DOUBLES_A_ROUND = 20
"""How many a round looks at, of one lane."""

DOUBLES_READ = 1_000

SECONDS = 10.0
"""How long a round looks at those of one lane."""


@dataclass(frozen=True, slots=True)
class Doubles:
    """Ends the double sessions of a lane."""

    runs: RunTable
    lanes: LaneTable
    sessions: FlowSessions
    clock: Clock

    def __call__(self, lane_id: str) -> None:
        """Look at some of them, at others each time; one that fails is told, and keeps no other.

        Raises StorageUnavailableError.
        """
        ends = self.clock.monotonic() + SECONDS
        for double in self._some(self.lanes.doubles(lane_id, DOUBLES_READ)):
            if self.clock.monotonic() >= ends:
                return
            try:
                self._end(lane_id, double)
            except (DataverseError, StorageError) as error:
                event(
                    "run.double_not_ended",
                    level=logging.WARNING,
                    lane=lane_id,
                    flow_session_id=double.session_id,
                    reason=str(error),
                )
                if isinstance(error, NotSentError | ThrottledError | AppRefusedError):
                    return  # nothing more is sent

    def _some(self, doubles: list[Double]) -> list[Double]:
        """Choose where to begin by chance: those that can never be ended must not come first."""
        if not doubles:
            return []
        return rotated(doubles, self.clock)[:DOUBLES_A_ROUND]

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

"""Flow sessions of the simulated Dataverse: waiting, at work, ended, with what the robot did."""

from dataclasses import dataclass

from shared.domain.matching import RUN_DESKTOP_FLOW
from shared.domain.session import ROBOT_NEVER_STARTED, THROTTLED, FlowSession, StatusCode
from tests.simulation.clock import EPOCH_MS

WORKFLOW = "00000000-0000-4000-8000-000000000001"
"""The desktop flow of all runs."""


@dataclass(frozen=True, slots=True)
class Fate:
    """How a session will end, and when: ms of waiting for a machine, ms of work."""

    statuscode: StatusCode
    error_code: str | None
    waits: int
    works: int

    @property
    def robot_works(self) -> bool:
        """Say whether the robot does anything in such a session."""
        return self.error_code not in ROBOT_NEVER_STARTED


THROTTLED_FATE = Fate(StatusCode.FAILED, THROTTLED, 0, 0)


@dataclass(eq=False, slots=True)
class SimulatedSession:
    """One row of `flowsession`. Times in ms of the simulation. `ghost`: came after all patience.

    `ahead`: how far the clock is ahead that its row goes by.
    """

    id: str
    token: str
    callback_url: str | None
    kept_url: str | None
    created_at: int
    fate: Fate
    ends_at: int
    ahead: int = 0
    connection: str | None = None
    correlation_id: str | None = None
    ghost: bool = False
    cancelled: bool = False
    gone: bool = False

    def finished(self, now: int) -> bool:
        return now >= self.ends_at

    def statuscode(self, now: int) -> StatusCode:
        if self.finished(now):
            return StatusCode.CANCELLED if self.cancelled else self.fate.statuscode
        waits = self.created_at + self.fate.waits
        return StatusCode.WAITING if now < waits else StatusCode.RUNNING

    def cancel(self, now: int, ends_at: int) -> None:
        """End as cancelled at a time, unless it ends before."""
        if not self.finished(now) and ends_at < self.ends_at:
            self.cancelled = True
            self.ends_at = ends_at

    def row(self, now: int) -> FlowSession:
        """Read the row as Dataverse shows it at a time."""
        over = self.finished(now)
        started = self.created_at + self.fate.waits
        epoch = EPOCH_MS + self.ahead
        return FlowSession(
            id=self.id,
            statuscode=self.statuscode(now),
            created_at=epoch + self.created_at,
            started_at=epoch + started if started <= now else None,
            completed_at=epoch + self.ends_at if over else None,
            error_code=self.fate.error_code if over and not self.cancelled else None,
            callback_url=self.kept_url,
            trigger_type=RUN_DESKTOP_FLOW,
            workflow_id=WORKFLOW,
            connection=self.connection,
            correlation_id=self.correlation_id,
        )

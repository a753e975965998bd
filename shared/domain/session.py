"""Flow sessions: Dataverse's record of a run, and what its states and error codes mean.

Facts: the Dataverse contract, sections 6 and 9 (docs/dataverse.md in short).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

THROTTLED = "DesktopFlowsActionThrottled"
TIMED_OUT = "DesktopFlowsActionTimeout"
UNREADABLE = "FlowSessionUnreadable"
"""Our own code: Dataverse has the session, or may have it, and does not let the app read it."""

ROBOT_NEVER_STARTED = frozenset(
    {
        THROTTLED,
        "NoCandidateMachine",
        "NoListenerConnected",
        "ConnectionNotEstablished",
        "UIFlowAlreadyRunning",
        "NoUnlockedActiveSessionForAttended",
        "LocalPlaybackOrRecordingOngoing",
        "SessionExistsForTheUserWhenUnattended",
        "TooManyActiveSessions",
        "SessionCreationError",
        "GroupIsEmpty",
        "AuthTokenNotYetValid",
        "AttendedUserSessionNotActive",
        "AttendedUserNotLoggedIn",
        "UnattendedUserSessionDisconnected",
        "UnattendedUserSessionLocked",
        "Win10AlreadyHasActiveSession",
    }
)
"""Codes after which starting again is safe: the robot has done nothing."""


class StatusCode(IntEnum):
    """The column `statuscode` of a flow session."""

    NOT_SPECIFIED = 0
    PAUSED = 1
    RUNNING = 2
    WAITING = 3
    SUCCEEDED = 4
    SKIPPED = 5
    SUSPENDED = 6
    CANCELLED = 7
    FAILED = 8
    FAULTED = 9
    TIMED_OUT = 10
    ABORTED = 11
    IGNORED = 12
    DELETED = 13
    TERMINATED = 14


UNFINISHED = frozenset(
    {
        StatusCode.NOT_SPECIFIED,
        StatusCode.PAUSED,
        StatusCode.RUNNING,
        StatusCode.WAITING,
        StatusCode.SUSPENDED,
    }
)


class MarkColumn(StrEnum):
    """The columns of `flowsession` in which something of ours may stand."""

    CALLBACK_URL = "callbackurl"
    CORRELATION_ID = "correlationid"
    CLIENT_TRACKING_ID = "clienttrackingid"


class Mark(NamedTuple):
    """A text that shows whose a session is, where it stands in this column."""

    column: MarkColumn
    text: str


@dataclass(frozen=True, slots=True)
class FlowSession:
    """One row of `flowsession`. Times in ms since the epoch; `id` in lower case.

    What is None was not shown, or could not be read.
    """

    id: str
    statuscode: int
    created_at: int | None = None
    started_at: int | None = None
    completed_at: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    error_details: str | None = None
    callback_url: str | None = None
    trigger_type: int | None = None
    workflow_id: str | None = None
    connection: str | None = None
    correlation_id: str | None = None
    client_tracking_id: str | None = None

    @property
    def finished(self) -> bool:
        """Say whether the session has ended; a code that nobody has documented has not."""
        return self.statuscode not in UNFINISHED and self.statuscode in set(StatusCode)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """List what stands in the columns that may say whose the session is, to the letter."""
        shown = {
            MarkColumn.CALLBACK_URL: self.callback_url,
            MarkColumn.CORRELATION_ID: self.correlation_id,
            MarkColumn.CLIENT_TRACKING_ID: self.client_tracking_id,
        }
        return tuple(Mark(column, text) for column, text in shown.items() if text is not None)

    @property
    def throttled(self) -> bool:
        """Say whether the connection's limit refused the session: the robot never started."""
        return self._failed_with(frozenset({THROTTLED}))

    @property
    def never_started(self) -> bool:
        """Say whether the session failed before the robot did anything."""
        return self._failed_with(ROBOT_NEVER_STARTED)

    @property
    def timed_out(self) -> bool:
        return self.statuscode == StatusCode.TIMED_OUT or self._failed_with(frozenset({TIMED_OUT}))

    def _failed_with(self, codes: frozenset[str]) -> bool:
        ended_badly = self.statuscode in (StatusCode.FAILED, StatusCode.FAULTED)
        return ended_badly and self.error_code in codes

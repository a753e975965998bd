"""The states of a flow session and the error codes of runs (the Dataverse contract, 6 and 9)."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
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


UNFINISHED = frozenset({
    Status.NOT_SPECIFIED, Status.PAUSED, Status.RUNNING, Status.WAITING, Status.SUSPENDED,
})  # fmt: skip
INACTIVE = frozenset({Status.NOT_SPECIFIED, Status.DELETED, Status.TERMINATED})

NO_MACHINE = "NoCandidateMachine"
TIMEOUT = "DesktopFlowsActionTimeout"
THROTTLED = "DesktopFlowsActionThrottled"
# What the emulator reports when the flow itself fails: no document names such a code.
FLOW_FAILED = "ActionFailed"

NOT_STARTED = frozenset(
    {
        "DesktopFlowsActionThrottled",
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
        "MachineNotFound",
        "AccountLockedOut",
        "MSEntraLogonFailure",
        "LogonTypeNotGranted",
        "WindowsIdentityIncorrect",
        "SessionCreationInvalidCredentials",
        "RdpPermissionNotGranted",
        "RDPIsNotEnabled",
        "InvalidUIFlowsCertificates",
        "UnsupportedRpaScriptSchemaVersion",
        "UnattendedUnsupportedWithOldConnection",
        "XrmMachineGroupNotFound",
        "EndpointDoNotExist",
    }
)
MAYBE_STARTED = frozenset(
    {
        "DesktopFlowsActionTimeout",
        "SessionNotFound",
        "ConnectionTimeout",
        "WcfServerCrash",
        "DesktopFlowMalformedMachineResponse",
    }
)

"""The errors of flow sessions that Microsoft documents, and what each means for a run.

Source: the Dataverse contract, section 9; Microsoft Learn, "Error code occurs when running an
attended or unattended desktop flow".
"""

from shared.domain.codes.code import Code, Kind

_SESSION = (Kind.SESSION,)
_MACHINE = "Look at the machine and its group in Power Automate: is one online and free?"
_SIGNED_IN = "Look who is signed in on the machine, and whether the run mode fits that."
_ACCOUNT = "Correct the account of the connection; starting again before may lock it."
_OTHER_FLOW = "Wait until the machine is free, or put more machines into the group."

THROTTLED = Code(
    "DesktopFlowsActionThrottled",
    (Kind.SESSION, Kind.WAIT),
    "The connection has had more runs than its 70 a minute, as where others use it, too.",
    "Leave the connection to the broker alone, or spread runs over several connections.",
    robot_may_have_started=False,
)
TIMED_OUT = Code(
    "DesktopFlowsActionTimeout",
    _SESSION,
    "The robot took longer than the run's time-out.",
    "Give the run a longer `timeout` if it needs one.",
    robot_may_have_started=True,
)


def _never(name: str, meaning: str, advice: str) -> Code:
    """Make the code of an error after which starting again is safe: the robot has done nothing."""
    return Code(name, _SESSION, meaning, advice, robot_may_have_started=False)


def _person(name: str, meaning: str, advice: str) -> Code:
    """Make the code of an error that a person has to mend; no document says what was done."""
    return Code(name, _SESSION, meaning, advice)


def _perhaps(name: str, meaning: str, advice: str) -> Code:
    """Make the code of an error after which the robot may have done part of its work."""
    return Code(name, _SESSION, meaning, advice, robot_may_have_started=True)


_NEVER_STARTED = (
    THROTTLED,
    _never(
        "NoCandidateMachine",
        "No machine was free for six hours (an hour, if the connection signs in by itself).",
        f"{_MACHINE} Runs wait six hours for one.",
    ),
    _never("NoListenerConnected", "The machine is not connected to Power Automate.", _MACHINE),
    _never("ConnectionNotEstablished", "The machine could not be reached.", _MACHINE),
    _never("UIFlowAlreadyRunning", "The machine runs another desktop flow.", _OTHER_FLOW),
    _never("TooManyActiveSessions", "The machine has all the sessions it allows.", _OTHER_FLOW),
    _never(
        "LocalPlaybackOrRecordingOngoing",
        "Somebody plays or records a desktop flow at the machine.",
        _OTHER_FLOW,
    ),
    _never(
        "NoUnlockedActiveSessionForAttended",
        "An attended run needs a user session that is active and unlocked; there is none.",
        _SIGNED_IN,
    ),
    _never(
        "AttendedUserSessionNotActive",
        "The user's session on the machine is not active.",
        _SIGNED_IN,
    ),
    _never(
        "AttendedUserNotLoggedIn",
        "The connection's user is not signed in on the machine.",
        _SIGNED_IN,
    ),
    _never(
        "SessionExistsForTheUserWhenUnattended",
        "An unattended run signs in by itself, and its user is signed in already.",
        _SIGNED_IN,
    ),
    _never(
        "UnattendedUserSessionLocked",
        "The user has a session on the machine, and it is locked.",
        _SIGNED_IN,
    ),
    _never(
        "UnattendedUserSessionDisconnected",
        "The user has a session on the machine, and it is disconnected.",
        _SIGNED_IN,
    ),
    _never(
        "Win10AlreadyHasActiveSession",
        "Windows on the machine allows one session, and has it.",
        _SIGNED_IN,
    ),
    _never("SessionCreationError", "No session could be opened on the machine.", _MACHINE),
    _never(
        "GroupIsEmpty",
        "The connection's machine group has no machine.",
        "Put a machine into the machine group of the connection.",
    ),
    _never(
        "AuthTokenNotYetValid",
        "The machine takes its token for one of the future: its clock may be behind.",
        "Look at the machine's clock.",
    ),
)

_NEEDS_A_PERSON = (
    _person(
        "MachineNotFound",
        "The machine does not exist.",
        "The connection names a machine that is gone: choose another.",
    ),
    _person(
        "XrmMachineGroupNotFound",
        "The machine group does not exist.",
        "The connection names a machine group that is gone: choose another.",
    ),
    _person(
        "EndpointDoNotExist",
        "The machine is not registered.",
        "The connection names a machine that is not registered any more.",
    ),
    _person(
        "AccountLockedOut",
        "The connection's account is locked.",
        f"The account is locked. {_ACCOUNT}",
    ),
    _person("MSEntraLogonFailure", "Entra ID does not let the account sign in.", _ACCOUNT),
    _person(
        "WindowsIdentityIncorrect", "Windows does not accept the account's credentials.", _ACCOUNT
    ),
    _person(
        "SessionCreationInvalidCredentials",
        "The account's name or password is wrong.",
        _ACCOUNT,
    ),
    _person(
        "LogonTypeNotGranted",
        "The account may not sign in to the machine in this way.",
        "Allow the connection's account to sign in to the machine this way.",
    ),
    _person(
        "RdpPermissionNotGranted",
        "The account may not use Remote Desktop.",
        "Let the connection's account sign in by Remote Desktop.",
    ),
    _person(
        "RDPIsNotEnabled",
        "The machine takes no Remote Desktop.",
        "Turn Remote Desktop on at the machine.",
    ),
    _person(
        "InvalidUIFlowsCertificates",
        "The machine's certificates are not valid.",
        "Register the machine again: its certificates are not valid.",
    ),
    _person(
        "UnsupportedRpaScriptSchemaVersion",
        "The desktop flow is of a newer version than Power Automate on the machine.",
        "Update Power Automate on the machine.",
    ),
    _person(
        "UnattendedUnsupportedWithOldConnection",
        "A connection of an old kind cannot run unattended.",
        "Make the connection again: it is of an old kind.",
    ),
)

_MAY_HAVE_STARTED = (
    TIMED_OUT,
    _perhaps(
        "SessionNotFound",
        "The machine lost the session that the robot worked in.",
        "Look at the machine: did it restart, or did somebody sign out?",
    ),
    _perhaps(
        "ConnectionTimeout",
        "The machine did not answer in time.",
        "Look at the machine and its network.",
    ),
    _perhaps(
        "WcfServerCrash",
        "The service of Power Automate on the machine broke down.",
        "Look at the machine: update Power Automate there if it happens again.",
    ),
    _perhaps(
        "DesktopFlowMalformedMachineResponse",
        "The machine answered what Power Automate does not understand.",
        "Update Power Automate on the machine.",
    ),
)

SESSIONS = (*_NEVER_STARTED, *_NEEDS_A_PERSON, *_MAY_HAVE_STARTED)

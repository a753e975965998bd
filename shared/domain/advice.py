"""What to do about an error code of a flow session or a submission, in a sentence.

Codes and their meaning: the Dataverse contract, sections 9 and 10; Microsoft Learn, "Error code
occurs when running an attended or unattended desktop flow".
"""

from shared.domain.session import ROBOT_NEVER_STARTED, TIMED_OUT, UNREADABLE

_MACHINE = "Look at the machine and its group in Power Automate: is one online and free?"
_SESSION = "Look who is signed in on the machine, and whether the run mode fits that."
_ACCOUNT = "Correct the account of the connection; starting again before may lock it."
_AGAIN = "The robot did not start: starting again is safe, by hand or with `retries`."

_ADVICE = {
    "NoCandidateMachine": f"{_AGAIN} {_MACHINE} Runs wait six hours for one.",
    "NoListenerConnected": f"{_AGAIN} {_MACHINE}",
    "ConnectionNotEstablished": f"{_AGAIN} {_MACHINE}",
    "GroupIsEmpty": "Put a machine into the machine group of the connection.",
    "MachineNotFound": "The connection names a machine that is gone: choose another.",
    "XrmMachineGroupNotFound": "The connection names a machine group that is gone: choose another.",
    "EndpointDoNotExist": "The connection names a machine that is not registered any more.",
    "UIFlowAlreadyRunning": f"{_AGAIN} The machine is busy with another desktop flow.",
    "TooManyActiveSessions": f"{_AGAIN} The machine has as many sessions as it allows.",
    "NoUnlockedActiveSessionForAttended": f"{_AGAIN} {_SESSION}",
    "AttendedUserSessionNotActive": f"{_AGAIN} {_SESSION}",
    "AttendedUserNotLoggedIn": f"{_AGAIN} {_SESSION}",
    "SessionExistsForTheUserWhenUnattended": f"{_AGAIN} {_SESSION}",
    "UnattendedUserSessionLocked": f"{_AGAIN} {_SESSION}",
    "UnattendedUserSessionDisconnected": f"{_AGAIN} {_SESSION}",
    "AccountLockedOut": f"The account is locked. {_ACCOUNT}",
    "MSEntraLogonFailure": _ACCOUNT,
    "LogonTypeNotGranted": "Allow the connection's account to sign in to the machine this way.",
    "WindowsIdentityIncorrect": _ACCOUNT,
    "SessionCreationInvalidCredentials": _ACCOUNT,
    "RdpPermissionNotGranted": "Let the connection's account sign in by Remote Desktop.",
    "RDPIsNotEnabled": "Turn Remote Desktop on at the machine.",
    "InvalidUIFlowsCertificates": "Register the machine again: its certificates are not valid.",
    "UnsupportedRpaScriptSchemaVersion": "Update Power Automate on the machine.",
    "UnattendedUnsupportedWithOldConnection": "Make the connection again: it is of an old kind.",
    TIMED_OUT: "The robot ran out of time, and may have done part of its work: look before starting"
    " again, or give it a longer `timeout`.",
    "0x80040220": "Dataverse lacks a privilege that its message names: grant it to the app's user,"
    " and share the desktop flow with it.",
    "0x80072560": "Make the app's identity an application user of the environment.",
    "0x80040217": "Dataverse has no such desktop flow, or the app's user may not see it.",
    UNREADABLE: "Grant the app's user Read on Flow Session, and share the desktop flow with it as"
    " Co-owner: the run is followed again as soon as its session can be read.",
    "SubmissionFails": "The robot never started. Look at the desktop flow in Power Automate:"
    " starting it fails in Dataverse itself, again and again.",
    "Http401": "Dataverse refuses the app's tokens: look at its identity. The run waits, and goes"
    " on when that is repaired.",
    "StrangeSignature": "Give the app the key that signed when the run was submitted, as"
    " CALLBACK_SIGNING_KEY_PREVIOUS; or look at the flow session, then resolve the run.",
    "SeveralSessions": "Look at the flow sessions of this desktop flow, then resolve the run.",
}
_LOOK_FIRST = "The robot may have done part of its work: look before starting again."


def advice(code: str, *, robot_may_have_started: bool | None) -> str | None:
    """Say what to do about an error code; None where nothing is known."""
    if code in _ADVICE:
        return _ADVICE[code]
    if code in ROBOT_NEVER_STARTED:
        return _AGAIN
    return _LOOK_FIRST if robot_may_have_started else None

"""What to do about an error code of a flow session or a submission, in a sentence.

Codes and their meaning: the Dataverse contract, sections 9 and 10; Microsoft Learn, "Error code
occurs when running an attended or unattended desktop flow".
"""

from shared.domain.session import ROBOT_NEVER_STARTED, TIMED_OUT, UNREADABLE

_MACHINE = "Look at the machine and its group in Power Automate: is one online and free?"
_SESSION = "Look who is signed in on the machine, and whether the run mode fits that."
_ACCOUNT = "Correct the account of the connection; starting again before may lock it."
_AGAIN = "The robot did not start: starting again is safe, by hand or with `retries`."

_NOTHING = "Nothing is to be done."
_GOES_ON = "Nothing was done; the run waits, and goes on by itself."

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
    "AppUnauthorized": f"Look at the app's identity: Dataverse takes no token of it. {_GOES_ON}",
    "AppNotMember": f"Make the app's identity an application user of the environment. {_GOES_ON}",
    "AppRefused": f"Look at what Dataverse says of the app: is its user disabled, its address kept"
    f" out by a firewall, or the environment at another address? {_GOES_ON}",
    "NoToken": f"Look at the app's identity: no access token can be had. {_GOES_ON}",
    "Unreachable": f"Look at the network between the app and Dataverse. {_GOES_ON}",
    "LanePaused": "An operator has the connection's lane wait, for the reason that the message"
    " tells; runs go on when it is resumed.",
    "NoSlot": "Nothing is to be done: the run's turn comes. Spread runs over several connections if"
    " that is too late.",
    "AwaitsTurn": _NOTHING,
    "LaterTurn": "Look at the run's error: each try failed before the robot started.",
    "AwaitsAnswer": _NOTHING,
    "AwaitsConfirmation": f"{_NOTHING} The run is not submitted again before it is known that no"
    " robot works for it.",
    "AwaitsOperator": "Look at the candidates, then resolve the run.",
    "AwaitsMachine": _MACHINE,
    "Cancelling": f"{_NOTHING} Dataverse decides how the session ends.",
    "Overdue": "Look at the flow session in Power Automate, and at its machine: does a robot work?"
    " Cancel the run; if its session does not end, give the run up (`resolve`, action `fail`).",
    "NotSent": f"Look at the network between the app and Dataverse. {_GOES_ON}",
    "SubmissionLost": f"{_NOTHING} The robot did not start; the run is submitted again.",
    "ServiceProtection": f"{_GOES_ON} Where it comes often, spread the work over time, or over"
    " several application users.",
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

"""The errors and warnings of Dataverse's Web API.

Source: the Dataverse contract, sections 2, 5 and 10; Microsoft Learn, "Web service error codes".
Whether the robot may have started: as an answer to RunDesktopFlow.
"""

from shared.domain.codes.code import Code, Kind

_WEB_API = (Kind.WEB_API,)
_LESS = "Spread the work over time, or over several application users."


def _refusal(name: str, meaning: str, advice: str) -> Code:
    """Make the code of an answer after which nothing was done."""
    return Code(name, _WEB_API, meaning, advice, robot_may_have_started=False)


def _unknown(name: str, meaning: str, advice: str) -> Code:
    """Make the code of an answer that leaves open what was done."""
    return Code(name, _WEB_API, meaning, advice)


def _licence(name: str, meaning: str, advice: str) -> Code:
    return Code(name, (Kind.LICENCE,), meaning, advice)


_REFUSALS = (
    _refusal(
        "0x80040220",
        "A privilege is missing; the message names it, and who lacks it.",
        "Grant the app's user the privilege that the message names, and share the desktop flow with"
        " it.",
    ),
    _refusal(
        "0x80048306",
        "The app's user may not do this to the row.",
        "Share the desktop flow, and the connection where it can be shared, with the app's user.",
    ),
    _refusal(
        "0x80040217",
        "There is no such row, or the app's user may not see it.",
        "Look whether the desktop flow exists, and whether it is shared with the app's user.",
    ),
    _refusal(
        "ConnectionNotFound",
        "There is no connection of this name, or the app's user may not use it.",
        "Look at `connectionName`: if it is a connection reference's name, start the run with"
        " connectionType 2; if it is a connection's, share it with the app's user.",
    ),
    _refusal(
        "0x80060882",
        "A condition of the request does not hold.",
        "The app sends no conditions: look at what stands between it and Dataverse.",
    ),
    _refusal(
        "0x80048d19",
        "Dataverse does not accept the parameters of the call; the message names what is wrong.",
        "Look at the message: which field of the start does it speak of?",
    ),
    _refusal(
        "0x80072560",
        "The app's identity is not a user of the environment.",
        "Make the app's identity an application user of the environment.",
    ),
    _refusal(
        "0x80040225",
        "The app's user is disabled.",
        "Enable the application user in the environment.",
    ),
    _refusal(
        "0x80072559",
        "Entra ID does not vouch for the app's identity.",
        "Look at the app's identity in Entra ID.",
    ),
    _refusal(
        "0x8005f101",
        "The app's access token is over.",
        "Look at the app's identity, and at the clock of its host.",
    ),
    _refusal(
        "0x80095ffe",
        "The environment's firewall keeps the app's address out.",
        "Allow the app's addresses in the environment's firewall.",
    ),
    _refusal("0x80072322", "Too many requests in five minutes: service protection.", _LESS),
    _refusal("0x80072321", "Too much execution time in five minutes: service protection.", _LESS),
    _refusal("0x80072326", "Too many requests at once: service protection.", _LESS),
    _refusal("Http413", "413 without a code: the request is too long for Dataverse.", "Send less."),
    _refusal(
        "Http414",
        "414 without a code: an address is too long for Dataverse.",
        "Look at what stands between the app and Dataverse.",
    ),
    _refusal("Http429", "429 without a code: Dataverse asks for less.", _LESS),
    _refusal(
        "Http431",
        "431 without a code: a header is too long, as a token with many groups may be.",
        "Look at what stands between the app and Dataverse, and at the groups of its identity.",
    ),
)

_UNKNOWN = (
    _unknown(
        "0x80040216",
        "Something went wrong in Dataverse that it does not explain.",
        "Look at the desktop flow in Power Automate, and at the health of the service.",
    ),
    _unknown(
        "0x80040265",
        "A part of Dataverse that belongs to the environment broke off; the message is its own.",
        "Look at the message, and ask who looks after the environment's plug-ins.",
    ),
    _unknown(
        "0x80060467",
        "A service behind Dataverse failed or refused; the message holds its status.",
        "Look at the message: the status in it says whether the service failed, or refuses the"
        " run, such as its connection or inputs.",
    ),
)

_LICENCES = (
    _licence(
        "AttendedNoLicense",
        "The connection's user has no licence for attended runs.",
        "Assign the user a licence before Dataverse insists.",
    ),
    _licence(
        "UnattendedNoAddon",
        "The machine or the flow has no add-on for unattended runs.",
        "Assign an unattended add-on or a process licence.",
    ),
    _licence(
        "LicensingCheckFailed",
        "Dataverse could not check the licence.",
        "Nothing is to be done, unless it comes often.",
    ),
)

WEB_API = (*_REFUSALS, *_UNKNOWN, *_LICENCES)

"""Why a run waits. While it does, nobody has to start it again, and nobody should."""

from shared.domain.codes.code import Code, Kind

_NOTHING = "Nothing is to be done."
_GOES_ON = "Nothing was done; the run waits, and goes on by itself."


def _before(name: str, meaning: str, advice: str) -> Code:
    """Make the code of a wait before the run's submission: no robot works for it."""
    return Code(name, (Kind.WAIT,), meaning, advice, robot_may_have_started=False)


def _after(name: str, meaning: str, advice: str) -> Code:
    """Make the code of a wait after it was sent: nobody has seen yet whether a robot works."""
    return Code(name, (Kind.WAIT,), meaning, advice)


WAITS = (
    _before("AwaitsTurn", "The run is about to be submitted.", _NOTHING),
    _before(
        "NoSlot",
        "The connection has had as many submissions as it takes in a minute.",
        f"{_NOTHING} The run's turn comes. Spread runs over several connections if that is too"
        " late.",
    ),
    _before(
        "LaterTurn",
        "The run went back behind the others, later each time, after a start that failed.",
        "Look at the run's error: each try failed before the robot started.",
    ),
    _before(
        "LanePaused",
        "An operator has the connection's lane wait.",
        "The message tells the operator's reason; runs go on when the lane is resumed.",
    ),
    _before(
        "NoToken",
        "The app gets no access token for Dataverse.",
        f"Look at the app's identity: no access token can be had. {_GOES_ON}",
    ),
    _before(
        "Unreachable",
        "No connection to Dataverse comes about.",
        f"Look at the network between the app and Dataverse. {_GOES_ON}",
    ),
    _before(
        "ServiceProtection",
        "Dataverse's service protection asks the app to send less; the whole environment waits.",
        f"{_GOES_ON} Where it comes often, spread the work over time, or over several application"
        " users.",
    ),
    _before(
        "AwaitsAllowance",
        "The app's user has used up nine tenths of what Dataverse lets it do in five minutes.",
        f"{_GOES_ON} The rest is kept for callbacks and looks. Where it comes often, spread the"
        " work over time, or over several application users.",
    ),
    _before(
        "AppUnauthorized",
        "Dataverse answers 401, with a new token too: it does not accept who the app is.",
        f"Look at the app's identity: Dataverse takes no token of it. {_GOES_ON}",
    ),
    _before(
        "AppNotMember",
        "The app's identity is not a user of the environment (`0x80072560`).",
        f"Make the app's identity an application user of the environment. {_GOES_ON}",
    ),
    _before(
        "AppRefused",
        "Dataverse refuses the app itself, whatever it asks for.",
        "Look at what Dataverse says of the app: is its user disabled, its address kept out by a"
        f" firewall, or the environment at another address? {_GOES_ON}",
    ),
    _after(
        "AwaitsAnswer",
        "Dataverse was asked to start the desktop flow, and has not answered yet.",
        _NOTHING,
    ),
    _after(
        "AwaitsConfirmation",
        "The submission had no answer; Dataverse is asked what became of it.",
        f"{_NOTHING} The run is not submitted again before it is known that no robot works for it.",
    ),
    _after(
        "AwaitsOperator",
        "Nobody can tell what became of the submission: a person has to decide.",
        "Look at the candidates, then resolve the run.",
    ),
    _after(
        "AwaitsMachine",
        "The flow session waits for a machine, or nobody has seen yet that its robot works.",
        "Look at the machine and its group in Power Automate: is one online and free?",
    ),
    _after(
        "Cancelling",
        "Dataverse was asked to cancel the flow session.",
        f"{_NOTHING} Dataverse decides how the session ends.",
    ),
)

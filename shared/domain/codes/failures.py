"""The errors of runs that the app itself gives: of ended ones, and of those that go on."""

from shared.domain.codes.code import Code, Kind

_RUN = (Kind.RUN,)
_GOES_ON = (Kind.RUN, Kind.WAIT)
"""Errors of a run that has not ended, beside the reason why it waits."""

_LOOK_FIRST = "look what the robot has done before starting again."

UNREADABLE = Code(
    "FlowSessionUnreadable",
    _GOES_ON,
    "Dataverse has the run's flow session, or may have it, and does not let the app read it.",
    "Grant the app's user Read on Flow Session, and share the desktop flow with it as Co-owner: the"
    " run is followed again as soon as its session can be read.",
    robot_may_have_started=True,
)

_OF_SUBMISSIONS = (
    Code(
        "NotSent",
        _GOES_ON,
        "The submission never left the app: no connection, no token, or too little time was left.",
        "Look at the network between the app and Dataverse, and at the app's identity. Nothing was"
        " done; the run waits, and goes on by itself.",
        robot_may_have_started=False,
    ),
    Code(
        "OutcomeUnknown",
        _GOES_ON,
        "The submission ended without an answer that tells what became of it.",
        "Nothing is to be done: Dataverse is asked, and the run is not submitted again before it is"
        " known that no robot works for it.",
    ),
    Code(
        "SubmissionLost",
        _GOES_ON,
        "Dataverse was asked, and has no flow session of the last submission.",
        "Nothing is to be done. The robot did not start; the run is submitted again.",
        robot_may_have_started=False,
    ),
    Code(
        "MarkerRefused",
        _GOES_ON,
        "Dataverse refused the run together with a callback address that leads nowhere; the run is"
        " submitted once more without it.",
        "Nothing is to be done. The robot did not start; if Dataverse refuses the run again, that"
        " is its word about the run. Give the app a public address (CALLBACK_BASE_URL), or set"
        " CALLBACK_MARKER_HOST.",
        robot_may_have_started=False,
    ),
    Code(
        "SeveralSessions",
        _GOES_ON,
        "Several flow sessions, or several runs alike, could belong together; nobody guesses.",
        "Look at the flow sessions of this desktop flow, then resolve the run.",
    ),
    Code(
        "StrangeSignature",
        _GOES_ON,
        "A flow session carries the run's callback address with a signature that none of the app's"
        " keys made.",
        "Give the app the key that signed when the run was submitted, as"
        " CALLBACK_SIGNING_KEY_PREVIOUS; or look at the flow session, then resolve the run.",
    ),
    Code(
        "Resubmitted",
        _GOES_ON,
        "An operator decided that the last submission made no flow session.",
        "Nothing is to be done: the run is submitted again.",
    ),
    Code(
        "SubmissionFails",
        _RUN,
        "Five submissions in a row made no flow session, as Dataverse confirmed of each.",
        "The robot never started. Look at the desktop flow in Power Automate: starting it fails in"
        " Dataverse itself, again and again.",
        robot_may_have_started=False,
    ),
)

_OF_SESSIONS = (
    UNREADABLE,
    Code(
        "Overdue",
        _GOES_ON,
        "The run's flow session should have ended long ago: its time-out and the hours of waiting"
        " for a machine are over.",
        "Look at the flow session and at its machine: cancel the run, or resolve it when you know"
        " what the robot has done.",
        robot_may_have_started=True,
    ),
    Code(
        "FlowSessionNotFound",
        _RUN,
        "Dataverse no longer has the run's flow session; how it ended is not known.",
        f"Somebody may have deleted the session, or its record was too old: {_LOOK_FIRST}",
        robot_may_have_started=True,
    ),
    Code(
        "GivenUp",
        _RUN,
        "An operator gave the run up; a flow session of it may exist, and its robot may work.",
        f"Read the run's `decision` for who decided and why, and {_LOOK_FIRST}",
    ),
)


def _ended(name: str, meaning: str, advice: str = "") -> Code:
    """Make the code of a session that ended without one of its own: the name of its state."""
    sentence = _LOOK_FIRST[0].upper() + _LOOK_FIRST[1:]
    return Code(name, _RUN, meaning, f"{advice} {sentence}".lstrip(), robot_may_have_started=True)


_NO_CODE = "of which Dataverse gives no code"
_ENDS = (
    _ended("Failed", f"The flow session failed, for a reason {_NO_CODE}."),
    _ended("Faulted", f"The flow session broke off, for a reason {_NO_CODE}."),
    _ended("Aborted", "The flow session was broken off."),
    _ended("Cancelled", "The flow session was cancelled, through the broker or elsewhere."),
    _ended("Terminated", "The flow session was ended from outside, in Power Automate."),
    _ended("Skipped", "Dataverse skipped the flow session."),
    _ended("Ignored", "Dataverse ignored the flow session."),
    _ended("Deleted", "The flow session was deleted."),
    _ended(
        "TimedOut",
        "The flow session took longer than its time-out.",
        "Give the run a longer `timeout` if it needs one.",
    ),
)

FAILURES = (*_OF_SUBMISSIONS, *_OF_SESSIONS, *_ENDS)

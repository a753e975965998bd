"""What was asked for a run's session, what a search came to, and what is said of it on the run."""

from dataclasses import dataclass

from shared.domain.run import RunError
from shared.domain.session import FlowSession, MarkColumn
from shared.services.following.match import Matched


@dataclass(frozen=True, slots=True)
class Found:
    """The sessions that carry a mark of one of some runs, asked for at `asked_at` (ms).

    `asked`: in which columns each run's marks were asked for, by run id: those that are known to
    keep them. It is empty where some row could not be read, or is `unexplained`: Dataverse says
    that it carries one of the marks, and it shows none, or another desktop flow. It may be any
    run's.
    """

    asked_at: int
    sessions: tuple[FlowSession, ...]
    asked: dict[str, tuple[MarkColumn, ...]]
    unexplained: tuple[FlowSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search for a run's session came to; `late`: no session of it can come any more."""

    matched: Matched
    late: bool
    strange: bool = False


NO_ANSWER = RunError(
    "OutcomeUnknown", "the submission ended without an answer; Dataverse is asked what became of it"
)
AMBIGUOUS = RunError(
    "SeveralSessions",
    "the submission ended without an answer, and several flow sessions or several runs like this"
    " one could belong together: look at the sessions, then resolve the run",
)
STRANGE_SIGNATURE = RunError(
    "StrangeSignature",
    "the submission ended without an answer, and a flow session carries this run's callback address"
    " with a signature that none of the app's keys made",
)

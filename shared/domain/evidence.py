"""Evidence that a flow session is a run's: a value that nothing but a match can make.

Whoever adopts a session has to show it, so that no session becomes a run's by anybody's word alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.callback_url import CallbackSigner
from shared.domain.guids import read_guid
from shared.domain.matching import Claimant, Shown, Times, weigh
from shared.domain.run import Run
from shared.domain.run.decision import Candidate
from shared.domain.session import FlowSession, Mark, MarkColumn

ATTEMPTS_MARKED = 5
"""Of how many submissions, the last ones, the ids are looked for."""

_ID_COLUMNS = (MarkColumn.CORRELATION_ID, MarkColumn.CLIENT_TRACKING_ID)
_HERE = object()


class Ground(StrEnum):
    """What shows that a session is the run's."""

    CALLBACK_URL = "callback URL"
    SUBMISSION_ID = "submission id"
    CIRCUMSTANCES = "circumstances"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Evidence:
    """That this session is this run's. Made by the functions of this module and by nothing else."""

    run_id: str
    session: FlowSession
    ground: Ground
    made_by: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made_by is not _HERE:
            raise TypeError("evidence is found, not made")

    @property
    def told(self) -> Candidate:
        """Give the session as an operator is told of it."""
        session, text = self.session, f"carrying this run's {self.ground}"
        if self.ground is Ground.CIRCUMSTANCES:
            text = "agreeing with this run in everything, as the only one"
        return Candidate(session.id, session.created_at, int(session.statuscode), (text,))


def exact(run: Run, session: FlowSession, signer: CallbackSigner) -> Evidence | None:
    """Find on a session what only this run's submission can have put there.

    A session that the run has given up is none of its any more, nor one of another desktop flow.
    """
    if session.id in run.given_up_sessions:
        return None
    if session.workflow_id not in (None, run.request.workflow_id):
        return None
    ground = _ground(run, session, signer)
    return None if ground is None else Evidence(run.id, session, ground, _HERE)


def marked(
    run: Run, sessions: Iterable[FlowSession], signer: CallbackSigner
) -> tuple[Evidence, ...]:
    """Find the sessions that carry a mark of the run, oldest first."""
    found = (exact(run, session, signer) for session in sessions)
    evidence = (each for each in found if each is not None)
    return tuple(sorted(evidence, key=lambda each: each.session.created_at or 0))


def sole(
    claimant: Claimant, rivals: Sequence[Claimant | None], sessions: Sequence[Shown], times: Times
) -> Evidence | None:
    """Find the one session that agrees with the run in everything, and with no other run.

    `rivals`: other runs that await an answer; None: one of which nothing is known. `sessions`: all
    that no run is known to own. The run has to wait until late ones have come.
    """
    agree = [each for each in sessions if not weigh(claimant, each, times).speaks_against]
    if len(agree) != 1:
        return None
    (one,) = agree
    if any(rival is None or not weigh(rival, one, times).speaks_against for rival in rivals):
        return None
    return Evidence(claimant.run.id, one.session, Ground.CIRCUMSTANCES, _HERE)


def decided(run: Run, session: FlowSession) -> Evidence:
    """Take an operator's word, who has looked at the session."""
    return Evidence(run.id, session, Ground.OPERATOR, _HERE)


def marks(run: Run, signer: CallbackSigner, columns: Sequence[MarkColumn]) -> tuple[Mark, ...]:
    """List what stands on the session of the run's last submissions, if Dataverse keeps it there.

    To the letter, as a query will ask for it.
    """
    found: list[Mark] = []
    if MarkColumn.CALLBACK_URL in columns and run.callback_base is not None:
        urls = signer.urls(run.callback_base, run.id)
        found += [Mark(MarkColumn.CALLBACK_URL, url) for url in urls]
    ids = _submission_ids(run, signer)
    found += [Mark(column, each) for column in _ID_COLUMNS if column in columns for each in ids]
    return tuple(found)


def kept(run: Run, session: FlowSession, signer: CallbackSigner) -> tuple[MarkColumn, ...]:
    """List the columns in which a session of this run holds to the letter what was sent."""
    sent = set(marks(run, signer, tuple(MarkColumn)))
    return tuple(mark.column for mark in session.marks if mark in sent)


def _ground(run: Run, session: FlowSession, signer: CallbackSigner) -> Ground | None:
    if signer.owns(session.callback_url, run.id):
        return Ground.CALLBACK_URL
    shown = {read_guid(session.correlation_id), read_guid(session.client_tracking_id)} - {None}
    if shown and shown.intersection(_submission_ids(run, signer)):
        return Ground.SUBMISSION_ID
    return None


def _submission_ids(run: Run, signer: CallbackSigner) -> tuple[str, ...]:
    last = range(max(1, run.attempts - ATTEMPTS_MARKED + 1), run.attempts + 1)
    return signer.submission_ids(run.id, last)

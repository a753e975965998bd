"""Matching a run that awaits an answer with the sessions of its desktop flow that nobody owns.

For environments that are not known to keep what marks a session as a run's. It costs a few requests
for each look, which is why the marks are always asked for first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.dataverse.errors import OutcomeUnknownError, RefusedError, UnreadableRowsError
from shared.domain.amounts import as_doubles
from shared.domain.callback_url import CallbackSigner, run_named_by
from shared.domain.evidence import Evidence, marked, sole
from shared.domain.identifiers import lane_of
from shared.domain.matching import Claimant, Shown, Times, is_elsewhere, weigh
from shared.domain.run import Run
from shared.domain.run.decision import CANDIDATES_LIMIT, Candidate
from shared.domain.session import FlowSession
from shared.domain.strict_json import parse
from shared.services.following.learnt import Learnt
from shared.services.following.rivals import rivals
from shared.services.ports import FlowSessions
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable

SHOWN_LIMIT = 50
"""Of more sessions than this no inputs are read: nobody could tell them apart in time."""

OWNERS_LIMIT = 5_000
"""How many rows are read to tell whose the sessions are: each session may be of any lane."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What a search came to. `absent`: there is no session that could be the run's.

    `marked`: sessions that carry a mark of the run, oldest first; `sole`: the one that is the run's
    by all circumstances; `candidates`: what an operator has to choose from otherwise.
    """

    marked: tuple[Evidence, ...] = ()
    sole: Evidence | None = None
    candidates: tuple[Candidate, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Looks for the session of a run among those that could be it.

    `sent_within`: how long after its claim (ms) a submission may take effect.
    """

    runs: RunTable
    lanes: LaneTable
    dataverse: FlowSessions
    signer: CallbackSigner
    learnt: Learnt
    sent_within: int

    def marked(self, run: Run) -> tuple[Evidence, ...]:
        """Find the sessions that carry a mark of the run, however it is written there.

        Raises DataverseError.
        """
        found, _ = self._made(run)
        return marked(run, found, self.signer)

    def __call__(self, run: Run) -> Matched:
        """Tell which session is this run's, or that there is none, or what an operator may choose.

        Raises DataverseError and StorageUnavailableError.
        """
        found, complete = self._made(run)
        own = marked(run, found, self.signer)
        if own:
            return Matched(own)
        times = self._times(run)
        possible = [each for each in found if self._may_be(run, each, times)]
        lane_ids = self.lanes.ids()
        if len(possible) * len(lane_ids) > OWNERS_LIMIT:
            return Matched(candidates=_told(self._bare(run, possible, times)))
        free = [each for each in possible if not self._is_owned(each, lane_ids)]
        if not free:
            return Matched(absent=complete)
        if len(free) > SHOWN_LIMIT:
            return Matched(candidates=_told(self._bare(run, free, times)))
        shown = [self._shown(each) for each in free]
        claimant = self._claimant(run)
        others = list(self._rivals(run)) if complete else []
        return Matched(
            sole=sole(claimant, others, shown, times) if complete else None,
            candidates=_told(weigh(claimant, each, times) for each in shown),
        )

    def named(self, run: Run) -> Matched:
        """Find the sessions that name the run in their callback URL, whoever signed it."""
        found, complete = self._made(run)
        named = [each for each in found if run_named_by(each.callback_url) == run.id]
        candidates = _told(self._bare(run, named, self._times(run)))
        return Matched(candidates=candidates, absent=complete and not candidates)

    def doubting(self, run: Run, matched: Matched, sessions: Sequence[FlowSession]) -> Matched:
        """Leave it to an operator where Dataverse says of sessions that they carry the run's marks.

        They do not show them, so they are no evidence; but nothing is absent beside them.
        """
        if not sessions or matched.marked:
            return matched
        known = {each.session_id for each in matched.candidates}
        told = self._bare(
            run, (each for each in sessions if each.id not in known), self._times(run)
        )
        return Matched(candidates=(*_told(told), *matched.candidates))

    def _made(self, run: Run) -> tuple[list[FlowSession], bool]:
        """Read the sessions made since the run was submitted, and whether all could be read."""
        since = self._times(run).earliest
        try:
            return self.dataverse.sessions_since(run.request.workflow_id, since), True
        except UnreadableRowsError as error:
            return list(error.readable), False

    def _times(self, run: Run) -> Times:
        return Times.of(run, self.sent_within, self.dataverse.ahead())

    def _may_be(self, run: Run, session: FlowSession, times: Times) -> bool:
        """Leave out what is certainly not this run's: another's, of another time or connection.

        The connection counts only where sessions of ours were seen to show it by its name.
        """
        if session.id in run.given_up_sessions:
            return False
        if run_named_by(session.callback_url) not in (None, run.id):
            return False
        if is_elsewhere(run, session) and self.learnt.shows_connection_of(run):
            return False
        return times.hold(session.created_at)

    def _is_owned(self, session: FlowSession, lane_ids: list[str]) -> bool:
        return any(self.runs.owner_of(lane_id, session.id) for lane_id in lane_ids)

    def _bare(self, run: Run, sessions: Iterable[FlowSession], times: Times) -> Iterable[Candidate]:
        claimant = Claimant(run, None)
        return (weigh(claimant, Shown(each, None, read=False), times) for each in sessions)

    def _shown(self, session: FlowSession) -> Shown:
        """Read what a session was given; one that does not tell keeps nobody else from being."""
        try:
            return Shown(session, self.dataverse.inputs(session.id))
        except (OutcomeUnknownError, RefusedError):
            return Shown(session, None, read=False)

    def _rivals(self, run: Run) -> Iterator[Claimant | None]:
        """Give the other runs of the lane that await an answer; None: one that cannot be read."""
        for rival in rivals(run, [lane_of(run.id)], self.lanes, self.runs):
            if rival.run is None:
                yield None
            elif rival.run.awaits_answer:
                yield self._claimant(rival.run)

    def _claimant(self, run: Run) -> Claimant:
        text = self.runs.read_inputs(run)
        inputs: dict[str, Any] | None = None if text is None else as_doubles(parse(text.encode()))
        return Claimant(run, inputs)


def _told(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Give those that are told of, the likeliest first."""
    return tuple(sorted(candidates, key=lambda each: len(each.speaks_against))[:CANDIDATES_LIMIT])

"""Matching a run that awaits an answer with the sessions of its desktop flow that nobody owns.

For environments that are not known to keep callback URLs, and for an app without a public address.
It costs a few requests for each look, which is why a callback URL is always asked for first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.domain.amounts import as_doubles
from shared.domain.callback_url import CallbackSigner
from shared.domain.matching import Candidate, Claimant, Unmatched, earliest_creation, match
from shared.domain.run import Run
from shared.domain.session import FlowSession
from shared.domain.strict_json import parse
from shared.services.ports import FlowSessions
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable

CANDIDATES_LIMIT = 50
"""Of more sessions than this no inputs are read: nobody could tell them apart in time."""

OWNERS_LIMIT = 5_000
"""How many rows are read to tell whose the sessions are: each session may be of any lane."""

_OF_A_RUN = re.compile(r"/api/callbacks/[0-9a-v]{16}-[0-9a-v]{26}/[0-9a-f]{32}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """Looks for the session of a run among those that could be it."""

    runs: RunTable
    lanes: LaneTable
    dataverse: FlowSessions
    signer: CallbackSigner

    def __call__(self, run: Run) -> FlowSession | Unmatched:
        """Give the one session that can only be this run's, or say why there is none.

        Raises DataverseError and StorageUnavailableError.
        """
        lane_ids = self.lanes.ids()
        found = self._not_anothers(run)
        if len(found) * len(lane_ids) > OWNERS_LIMIT:
            return Unmatched.AMBIGUOUS
        sessions = [each for each in found if not self._is_owned(each, lane_ids)]
        if len(sessions) > CANDIDATES_LIMIT:
            return Unmatched.AMBIGUOUS
        candidates = [Candidate(each, self.dataverse.inputs(each.id)) for each in sessions]
        if not candidates:
            return Unmatched.NONE
        rivals = [self._claimant(rival) for rival in self._rivals(run, lane_ids)]
        return match(self._claimant(run), rivals, candidates)

    def _not_anothers(self, run: Run) -> list[FlowSession]:
        found = self.dataverse.sessions_since(run.request.workflow_id, earliest_creation(run))
        return [session for session in found if not self._is_anothers(session, run)]

    def _is_owned(self, session: FlowSession, lane_ids: list[str]) -> bool:
        return any(self.runs.owner_of(lane_id, session.id) for lane_id in lane_ids)

    def _is_anothers(self, session: FlowSession, run: Run) -> bool:
        """Say whether a session carries the callback URL of another run."""
        url = session.callback_url
        return bool(url and _OF_A_RUN.search(url)) and not self.signer.owns(url, run.id)

    def _rivals(self, run: Run, lane_ids: list[str]) -> Iterator[Run]:
        for lane_id in lane_ids:
            for watch in self.lanes.awaiting(lane_id):
                stored = self.runs.read(watch.run_id) if watch.run_id != run.id else None
                if (
                    stored is not None
                    and stored.run.awaits_answer
                    and stored.run.request.workflow_id == run.request.workflow_id
                ):
                    yield stored.run

    def _claimant(self, run: Run) -> Claimant:
        text = self.runs.read_inputs(run)
        inputs: dict[str, Any] | None = None if text is None else as_doubles(parse(text.encode()))
        return Claimant(run, inputs)

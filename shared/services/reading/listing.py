"""Listing runs: newest first, of one lane or of all, page by page."""

import base64
import binascii
from dataclasses import dataclass

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.identifiers import TAIL_LENGTH, tail_of
from shared.domain.run import Run, RunStatus
from shared.services.starting.connections import Connections
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable

TOP_DEFAULT = 50
TOP_LIMIT = 500
BATCH = 500
ROUNDS = 10
"""How many batches of one lane are searched for one answer: a rare status may be far back."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which runs to list: those after the token, and no more than `top`."""

    connection_name: str | None = None
    status: RunStatus | None = None
    top: int = TOP_DEFAULT
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Runs, newest first, and the token to go on with; None at the end."""

    runs: tuple[Run, ...]
    continuation_token: str | None


@dataclass(frozen=True, slots=True)
class _LaneRuns:
    """Runs found in one lane, and the last tail that was looked at; None: all were."""

    runs: tuple[Run, ...]
    searched_to: str | None


@dataclass(frozen=True, slots=True)
class ListRuns:
    """Merges the lanes by the tails of their runs, which sort newest first."""

    runs: RunTable
    lanes: LaneTable
    connections: Connections

    def __call__(self, request: ListRequest) -> Listed:
        """List runs; raises InvalidRequestError and StorageUnavailableError."""
        after = None if request.after is None else _decode(request.after)
        if request.connection_name is None:
            lane_ids = self.lanes.ids()
        else:
            lane_ids = [self.connections.lane_named(request.connection_name)]
        found = [self._of_lane(lane_id, request, after) for lane_id in lane_ids]
        return _merge(found, request.top)

    def _of_lane(self, lane_id: str, request: ListRequest, after: str | None) -> _LaneRuns:
        size = request.top if request.status is None else BATCH
        found: list[Run] = []
        for _ in range(ROUNDS):
            page = self.runs.newest(lane_id, limit=size, after=after)
            found += [run for run in page.runs if request.status in (None, run.status)]
            after = page.last
            if after is None or len(found) >= request.top:
                break
        return _LaneRuns(tuple(found), after)


def _merge(found: list[_LaneRuns], top: int) -> Listed:
    """Take the newest of all lanes, but none older than what every lane was searched for."""
    runs = sorted((run for lane in found for run in lane.runs), key=lambda run: tail_of(run.id))
    horizon = min((lane.searched_to for lane in found if lane.searched_to), default=None)
    if horizon is not None:
        runs = [run for run in runs if tail_of(run.id) <= horizon]
    if len(runs) > top:
        return Listed(tuple(runs[:top]), _encode(tail_of(runs[top - 1].id)))
    return Listed(tuple(runs), None if horizon is None else _encode(horizon))


def _encode(tail: str) -> str:
    return base64.urlsafe_b64encode(tail.encode()).decode().rstrip("=")


def _decode(token: str) -> str:
    try:
        tail = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        tail = ""
    if len(tail) != TAIL_LENGTH or not tail.isalnum():
        raise InvalidRequestError(
            Fault("continuationToken", "InvalidValue", "must be a token of an earlier answer")
        )
    return tail

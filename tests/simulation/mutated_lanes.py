"""Mutations of the list of lanes: who is in it, and what a lane that leaves looks at."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shared.domain.lane import Lane
from shared.domain.request import StartRequest
from shared.services.starting.start import Start
from shared.storage.lane_list import LANES_PARTITION, LaneList
from shared.storage.runs import Inserted
from shared.storage.table import ConflictError, Delete, Insert, Operation


def use_of_lanes_not_noted() -> AbstractContextManager[Any]:
    """A start takes it that its lane is in the list: it was, when this process last looked."""

    def mutated(
        self: Start, new_id: str, request: StartRequest, digest: str | None, connection: str | None
    ) -> Inserted:
        return self.runs.insert(new_id, request, digest, connection)

    return patch.object(Start, "_insert", mutated)


def entries_taken_for_current() -> AbstractContextManager[Any]:
    """Whoever brings a lane back leaves its entry in the list as it is, if there is one."""

    def mutated(self: LaneList, lane: Lane, at: int) -> None:
        del at
        try:
            entry = {"Connection": lane.connection}
            self._table.commit(LANES_PARTITION, [Insert(lane.id, entry)])
        except ConflictError:
            return

    return patch.object(LaneList, "_enter", mutated)


def lanes_leave_without_looking_back() -> AbstractContextManager[Any]:
    """A lane's rows are removed, whatever has become of them since they were read."""
    commit = LaneList._commit

    def mutated(self: LaneList, partition: str, *operations: Operation) -> bool:
        if all(isinstance(each, Delete) for each in operations):
            operations = tuple(Delete(each.row) for each in operations)
        return commit(self, partition, *operations)

    return patch.object(LaneList, "_commit", mutated)

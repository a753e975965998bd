"""Runs of several lanes on a table in memory, and the service that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id
from shared.domain.lane import Lane
from shared.domain.run import Run
from shared.services.indexing.index import Index
from shared.services.reading.index_listing import IndexedRuns
from shared.services.reading.listing import Listed, ListRequest, ListRuns
from shared.services.starting.connections import Connections
from shared.storage.environment import EnvironmentTable
from shared.storage.index_lists import IndexLists
from shared.storage.keys import KeyTable
from shared.storage.lanes import LaneTable
from shared.storage.run_index import RunIndex
from shared.storage.run_lists import RunLists
from shared.storage.runs import RunTable
from shared.storage.table import Entity
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.runs import start_request

OF_THE_REQUEST = {"workflow_id", "correlation_id"}
ENVIRONMENT = "org.crm.dynamics.com"
FLOWS = [f"8f6c1d52-0000-0000-0000-00000000000{n}" for n in range(2)]


class CountingTable(SimulatedTable):
    """Counts the rows and the requests that reading takes."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = self.requests = 0

    def get(self, partition: str, row: str) -> Entity | None:
        self.requests += 1
        return super().get(partition, row)

    def query(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> list[Entity]:
        found = super().query(partition, after, before, limit=limit)
        self.requests += 1
        self.rows += len(found) if partition != "lanes" else 0
        return found


@dataclass
class Lists:
    """Runs of several lanes, and the service that lists them."""

    table: CountingTable = field(default_factory=CountingTable)
    made: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runs, self.lanes = RunTable(self.table), LaneTable(self.table)
        self.keys = KeyTable(self.table)
        known = EnvironmentTable(self.table, ENVIRONMENT)
        connections = Connections(ENVIRONMENT, known, cast("Any", None), HandClock())
        self.index = Index(RunIndex(self.table, ENVIRONMENT), self.runs, HandClock())
        self.index_lists = IndexLists(self.table, ENVIRONMENT)
        self.indexed = IndexedRuns(self.index_lists, self.runs, self.keys)
        lists = RunLists(self.table)
        self.list = ListRuns(self.runs, lists, self.indexed, self.keys, connections)

    def add(self, lane: int, at: int, **changes: Any) -> Run:
        """Add a run to a lane, made at a time; `changes` are fields of it or of its request."""
        connection = f"connection-{lane}"
        lane_of_it = Lane(lane_id(ENVIRONMENT, connection), ENVIRONMENT, connection)
        self.lanes.ensure(lane_of_it)
        asked = {
            name: changes.pop(name) for name in ("workflow_id", "correlation_id") if name in changes
        }
        number = len(self.made).to_bytes(TAIL_RANDOM_BYTES, "big")
        request = start_request(connection_name=connection, **asked)
        run = self.runs.insert(run_id(lane_of_it.id, at, number), request).run
        stored = self.runs.read(run.id)
        assert stored is not None
        run = self.runs.change(stored, lambda each: replace(each, **changes))
        self.index.put_right(run.id)
        self.made.append(run)
        return run

    def pages(self, request: ListRequest) -> Iterator[Listed]:
        while True:
            page = self.list(request)
            yield page
            if page.last is None:
                return
            assert request.after is None or page.last > request.after, "it goes on"
            request = replace(request, after=page.last)

    def listed(self, **given: Any) -> list[str]:
        return [run.id for page in self.pages(ListRequest(**given)) for run in page.runs]

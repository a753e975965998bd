"""`GET runs/{runId}` of an app in this process, on a table in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import azure.functions as func

from local.host.invocation import InvocationContext
from shared.domain.lane import Lane
from shared.domain.run import Run
from shared.domain.run.steps import adopt, observe
from shared.services.reading.changes import Changes
from shared.services.reading.engines import ReadEngines
from shared.services.reading.lane_views import ViewLanes
from shared.services.reading.read import Read
from shared.services.reading.watch import Reads, Watch
from shared.storage.lane_states import LaneStates
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun
from shared.storage.waiters import WaiterTable
from shared.triggers import runs
from shared.triggers.addresses import Addresses
from shared.triggers.provider import Services
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.runs import LANE, PACE, POLLING, RUN_ID, SESSION, session, start_request


async def inline(work: Callable[[], Any]) -> Any:
    """Read at once: a table in memory keeps nobody waiting."""
    return work()


@dataclass
class Following:
    """The app, and what becomes of its runs. `calls`: how many it has answered."""

    reads: Reads = inline
    clock: HandClock = field(default_factory=HandClock)
    calls: int = 0

    def __post_init__(self) -> None:
        table = SimulatedTable()
        self.changes = Changes()
        self.runs = RunTable(table, told=self.changes.ended)
        lanes = LaneTable(table)
        lanes.ensure(Lane(LANE, "org.crm.dynamics.com", "shared_uiflow_1"))
        states = LaneStates(table, "org.crm.dynamics.com")
        read, views = Read(self.runs), ViewLanes(lanes, states, self.clock, PACE)
        engines = ReadEngines(WaiterTable(table, self.runs))
        watch = Watch(read, views, engines, self.changes)
        services = SimpleNamespace(read=read, lanes=views, watch=watch)
        app = func.FunctionApp()
        blueprint = runs.blueprint(lambda: cast("Services", services), Addresses(), self.reads)
        app.register_functions(blueprint)
        functions = {each.get_function_name(): each for each in app.get_functions()}
        self._get_run = functions["get_run"].get_user_function()

    async def get(
        self,
        run_id: str = RUN_ID,
        *,
        wait: int | str | None = None,
        tag: str | None = None,
        invocation: str = "an id",
    ) -> func.HttpResponse:
        """Read a run as a caller does."""
        self.calls += 1
        request = func.HttpRequest(
            "GET",
            f"http://127.0.0.1/api/runs/{run_id}",
            headers={} if tag is None else {"If-None-Match": tag},
            params={} if wait is None else {"wait": str(wait)},
            route_params={"runId": run_id},
            body=b"",
        )
        context = InvocationContext(invocation, "get_run", "")
        answer: func.HttpResponse = await self._get_run(request, context)
        return answer

    def start(self, run_id: str = RUN_ID) -> None:
        self.runs.insert(run_id, start_request())

    def submit(self, run_id: str = RUN_ID, session_id: str = SESSION) -> None:
        """Have its session be known."""
        self.change(run_id, lambda run: adopt(run, session_id, at=run.due_at, polling=POLLING))

    def end(self, run_id: str = RUN_ID) -> None:
        self.change(run_id, lambda run: observe(run, session(), at=run.due_at, polling=POLLING))

    def change(self, run_id: str, step: Callable[[Run], Run]) -> None:
        self.runs.change(self.stored(run_id), step)

    def stored(self, run_id: str = RUN_ID) -> StoredRun:
        stored = self.runs.read(run_id)
        assert stored is not None
        return stored


def told(answer: func.HttpResponse) -> dict[str, Any]:
    """Give the run of an answer."""
    assert answer.status_code == 200, answer.get_body()
    run: dict[str, Any] = json.loads(answer.get_body())
    return run

"""A world without chance and one instance, in which a test does one thing after the other."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from shared.domain.identifiers import lane_id
from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.domain.run import Run
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun
from tests.simulation.chaos import Rates
from tests.simulation.instance import ENVIRONMENT, Services
from tests.simulation.scenario import Scenario, Weather, scenario_of
from tests.simulation.world import World

Result = TypeVar("Result")

CONNECTION = "connection-0"


class Bench:
    """`runs` and `lanes` look at the table directly: at once, and without faults."""

    def __init__(self) -> None:
        self.scenario = _quiet(scenario_of(0))
        self.world = World(self.scenario, verbose=True)
        self.instance = self.world.boot("i0")
        self.runs, self.lanes = RunTable(self.world.table), LaneTable(self.world.table)
        self.lane = lane_id(ENVIRONMENT, CONNECTION)

    @property
    def history(self) -> str:
        return "\n".join(self.world.history.lines)

    def do(self, work: Callable[[Services], Result], rates: Rates | None = None) -> Result:
        """Let the instance do something and give what came of it; `rates`: what strikes it."""
        came: list[Result | Exception] = []

        def body() -> None:
            try:
                came.append(work(self.instance.services))
            except Exception as error:  # noqa: BLE001 - raised below, where the test sees it
                came.append(error)

        self.world.chaos.rates = rates or Rates()
        self.world.scheduler.spawn(self.instance.process, body)
        while not came:
            self.world.scheduler.run(self.world.scheduler.now + 10)
        self.world.chaos.rates = Rates()
        result = came[0]
        if isinstance(result, Exception):
            raise result
        return result

    def wait(self, ms: int) -> None:
        self.world.scheduler.run(self.world.scheduler.now + ms)

    def start(self, token: str) -> Run:
        """Accept a run; nobody has looked at its lane yet."""
        run = RunRequest("00000000-0000-4000-8000-000000000001", CONNECTION, RunMode.UNATTENDED)
        request = StartRequest(replace(run, correlation_id=token), json.dumps({"token": token}))
        return self.do(lambda services: services.start(request, token))

    def stored(self, run: Run) -> StoredRun:
        """Read a run as it is by now."""
        stored = self.runs.read(run.id)
        assert stored is not None
        return stored


def _quiet(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        weather=Weather.STORM,
        instances=0,
        lanes=1,
        pace=replace(scenario.pace, limit=3, window=60_000, deadline=30_000),
        absent=60_000,
        works_up_to=3_600_000,
        wishes=(),
        refused=(),
        rates=Rates(),
        faults_end=10**9,
        urls_known=True,
    )

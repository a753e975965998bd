"""A world without chance, in which a test does one thing after the other, or two at a time."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar

from shared.domain.identifiers import lane_id
from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.domain.run import Run
from shared.domain.session import StatusCode
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun
from shared.triggers.provider import Services
from tests.simulation.chaos import Rates
from tests.simulation.clock import EPOCH_MS
from tests.simulation.dataverse import ENVIRONMENT
from tests.simulation.instance import Instance
from tests.simulation.scenario import Scenario, Weather
from tests.simulation.scheduler import Process
from tests.simulation.sessions import WORKFLOW, Fate, SimulatedSession
from tests.simulation.world import LOOK_EVERY_MS, World
from tests.simulation.worlds import scenario_of

Result = TypeVar("Result")

CONNECTION = "connection-0"
AN_HOUR = 3_600_000
STEP_MS = 50
AFTERMATH_MS = 75_000
"""One more tick, and time for what it has set going."""


@dataclass(eq=False, slots=True)
class Undertaking(Generic[Result]):
    """Work of an instance, which may stand still before one of its calls to the outside world.

    `stops`: says of a call, by its number, whether to stand still before it. `came`: the result.
    """

    instance: Instance
    work: Callable[[Services], Result]
    stops: Callable[[int], bool]
    calls: int = 0
    stands: bool = False
    came: list[Result | Exception] = field(default_factory=list)

    @property
    def process(self) -> Process:
        return self.instance.process

    @property
    def over(self) -> bool:
        return bool(self.came) or not self.process.alive

    def run(self) -> None:
        try:
            self.came.append(self.work(self.instance.services))
        except Exception as error:  # noqa: BLE001 - kept for the test, which sees what came
            self.came.append(error)

    def result(self) -> Result:
        (came,) = self.came
        if isinstance(came, Exception):
            raise came
        return came


class Bench:
    """`runs` and `lanes` look at the table directly: at once, and without faults.

    Robots work well, each for `works` ms. Nobody but the test does anything before `rest`.
    `odd`: fields of the scenario.
    """

    def __init__(self, *, works: int = AN_HOUR, verbose: bool = True, **odd: Any) -> None:
        self.scenario = _quiet(scenario_of(0), works, odd)
        self.world = World(self.scenario, verbose=verbose)
        self.world.network.watchers.append(self._leaves)
        self.instance = self.world.boot("i0")
        self.runs, self.lanes = RunTable(self.world.table), LaneTable(self.world.table)
        self.lane = lane_id(ENVIRONMENT, CONNECTION)
        self._undertakings: list[Undertaking[Any]] = []

    @property
    def history(self) -> str:
        return "\n".join(self.world.history.lines)

    @property
    def now(self) -> int:
        """The true time, in ms since the epoch."""
        return EPOCH_MS + self.world.scheduler.now

    def do(self, work: Callable[[Services], Result], rates: Rates | None = None) -> Result:
        """Let the instance do something and give what came of it; `rates`: what strikes it."""
        self.world.chaos.rates = rates or Rates()
        undertaking = self._undertake(self.instance, work, _never)
        self.world.chaos.rates = Rates()
        assert not self.world.promises.broken, self.world.promises.broken
        return undertaking.result()

    def begin(
        self, work: Callable[[Services], Result], stops: Callable[[int], bool] | None = None
    ) -> Undertaking[Result]:
        """Let an instance of its own do something, until it is over or stands still."""
        instance = self.world.boot(f"u{len(self._undertakings)}")
        return self._undertake(instance, work, stops or _never)

    def go_on(
        self, undertaking: Undertaking[Result], stops: Callable[[int], bool] | None = None
    ) -> None:
        """Let what stands still go on, until it is over or stands still again."""
        undertaking.stops = stops or _never
        undertaking.stands = False
        undertaking.process.frozen_until = self.world.scheduler.now
        self._wait_for(undertaking)

    def kill(self, undertaking: Undertaking[Result]) -> None:
        """Let the process die where it stands."""
        undertaking.stands = False
        self.world.scheduler.kill(undertaking.process)
        self.wait(STEP_MS)

    def wait(self, ms: int) -> None:
        ends = self.world.scheduler.now + ms
        for undertaking in self._undertakings:
            if undertaking.stands:
                undertaking.process.frozen_until = ends + STEP_MS
        self.world.scheduler.run(ends)

    def rest(self) -> None:
        """Open the host, so that timer, queues and callbacks do their work, until all is over."""
        world = self.world
        if not world.host.instances:
            world.host.open(1)
        ends = world.scheduler.now + self.scenario.patience
        while world.scheduler.now < ends and not world.scheduler.halted:
            if not (world.promises.open or world.promises.untold):
                break
            self.wait(LOOK_EVERY_MS)
        self.wait(AFTERMATH_MS)

    def start(self, token: str, *, retries: int = 0) -> Run:
        """Accept a run; nobody has looked at its lane yet."""
        run = RunRequest(WORKFLOW, CONNECTION, RunMode.UNATTENDED)
        run = replace(run, correlation_id=token, retries=retries)
        request = StartRequest(run, json.dumps({"token": token}))
        return self.do(lambda services: services.start(request, token)).run

    def end(self, session: SimulatedSession, statuscode: StatusCode, code: str | None) -> None:
        """End a session now, whatever its robot was doing; nobody is told."""
        session.fate = replace(session.fate, statuscode=statuscode, error_code=code)
        session.ends_at = self.world.scheduler.now

    def stored(self, run: Run) -> StoredRun:
        """Read a run as it is by now."""
        stored = self.runs.read(run.id)
        assert stored is not None
        return stored

    def _undertake(
        self,
        instance: Instance,
        work: Callable[[Services], Result],
        stops: Callable[[int], bool],
    ) -> Undertaking[Result]:
        undertaking = Undertaking(instance, work, stops)
        self._undertakings.append(undertaking)
        self.world.scheduler.spawn(instance.process, undertaking.run)
        self._wait_for(undertaking)
        return undertaking

    def _wait_for(self, undertaking: Undertaking[Result]) -> None:
        while not (undertaking.over or undertaking.stands):
            if self.world.scheduler.halted:
                return  # at a broken promise
            self.wait(STEP_MS)

    def _leaves(self, process: Process) -> None:
        """Let a process stand still before a call, with all that it does beside that."""
        found = (each for each in self._undertakings if each.process is process and not each.over)
        for undertaking in found:
            while undertaking.stands:
                self.world.scheduler.sleep(process, 0)
            undertaking.calls += 1
            if undertaking.stops(undertaking.calls):
                undertaking.stands = True
                process.frozen_until = self.world.scheduler.now + 2 * STEP_MS
                self.world.scheduler.sleep(process, 0)


class _Steady(Scenario):
    """A scenario in which every robot works well, and for as long as any other."""

    def fate(self, token: str, attempt: int) -> Fate:
        del token, attempt
        return Fate(StatusCode.SUCCEEDED, None, 0, self.works_up_to)


def _quiet(scenario: Scenario, works: int, odd: dict[str, Any]) -> Scenario:
    quiet = replace(
        scenario,
        weather=Weather.STORM,
        instances=0,
        lanes=1,
        pace=replace(scenario.pace, limit=3, window=60_000, deadline=30_000),
        absent=60_000,
        works_up_to=works,
        wishes=(),
        refused=(),
        rates=Rates(),
        faults_end=10**9,
        urls_known=True,
        keeps_urls=True,
        alters_urls=False,
        keeps_ids=False,
        shows_connections=True,
        takes_markers=True,
        ahead=0,
        tells_time=True,
        strangers=(),
        callbacks=True,
        outages=(),
        rebound_at=None,
        user=None,
        submits_for=0,
        reads_for=0,
        hanging=(),
    )
    return _Steady(**{each.name: getattr(quiet, each.name) for each in fields(quiet)} | odd)


def _never(_: int) -> bool:
    return False

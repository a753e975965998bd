"""The operators: they pause lanes, and give overdue runs up; each asks until it is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from shared.domain.identifiers import lane_id
from shared.domain.lane_stop import Stop
from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run
from shared.services.refusals import NotUnconfirmedError
from shared.storage.table import Entity
from shared.triggers.provider import Services
from tests.simulation.chaos import Chaos
from tests.simulation.clients import ASK_AGAIN_MS
from tests.simulation.dataverse import ENVIRONMENT
from tests.simulation.history import History
from tests.simulation.host import Host
from tests.simulation.scenario import Halt
from tests.simulation.scheduler import Scheduler

STOP = Stop("a halt")
FAIL = Resolution(Action.FAIL, None, "an operator", "its session never ends")
GIVES_UP_MS = 120_000


@dataclass(slots=True)
class Operators:
    """Whoever was answered that a lane is paused relies on it."""

    scheduler: Scheduler
    chaos: Chaos
    history: History
    host: Host
    breach: Callable[[str], None]
    _claims: dict[str, str] = field(default_factory=dict)
    _stopped: dict[str, str] = field(default_factory=dict)
    _overdue: set[str] = field(default_factory=set)

    def watch(self, lane: str, changes: Mapping[str, Entity | None]) -> None:
        """Look at what a transaction made of a lane: while it is paused, it is claimed for none."""
        self._look_for_overdue(lane, changes)
        entity = changes.get("lane")
        if entity is None:
            return
        claim = self._claims[lane] = str(entity.properties["LastClaim"])
        if self._stopped.get(lane, claim) != claim:
            self.breach(f"paused: {claim} took runs of {lane[-6:]}")

    def _look_for_overdue(self, lane: str, changes: Mapping[str, Entity | None]) -> None:
        """Give up each run that should have ended, some time after it says so."""
        for row, entity in changes.items():
            if entity is not None and row.startswith("run:") and "OverdueAt" in entity.properties:
                run_id = f"{lane}-{row.removeprefix('run:')}"
                if run_id not in self._overdue:
                    self._overdue.add(run_id)
                    self.scheduler.after(GIVES_UP_MS, partial(self._give_up, run_id))

    def _give_up(self, run_id: str) -> None:
        def again() -> None:
            self.scheduler.after(self.chaos.between(*ASK_AGAIN_MS), partial(self._give_up, run_id))

        def done(answer: object) -> None:
            self.history.tell("operator", f"gives {run_id[-8:]} up -> {type(answer).__name__}")
            if not isinstance(answer, Run | NotUnconfirmedError):
                again()

        if not self.host.call(lambda services: services.resolve(run_id, FAIL), done, again):
            again()

    def begin(self, halts: tuple[Halt, ...]) -> None:
        """Plan one halt a lane: nobody resumes what another has paused."""
        first = {halt.lane: halt for halt in reversed(halts)}
        for halt in first.values():
            lane = lane_id(ENVIRONMENT, f"connection-{halt.lane}")
            self.scheduler.at(halt.begins, partial(self._pause, lane, halt.ends))

    def _pause(self, lane: str, ends: int) -> None:
        def done(answer: object) -> None:
            self.history.tell("operator", f"pauses {lane[-6:]} -> {answer}")
            if answer is True:
                self._stopped[lane] = self._claims.get(lane, "")
                self.scheduler.at(ends, partial(self._resume, lane))

        self._ask(lambda services: services.pause_lane(lane, STOP), done)

    def _resume(self, lane: str) -> None:
        self._stopped.pop(lane, None)

        def done(answer: object) -> None:
            self.history.tell("operator", f"resumes {lane[-6:]} -> {answer}")

        self._ask(lambda services: services.resume_lane(lane), done)

    def _ask(self, work: Callable[[Services], bool], done: Callable[[object], None]) -> None:
        """Ask until somebody says yes or no."""

        def again() -> None:
            self.scheduler.after(self.chaos.between(*ASK_AGAIN_MS), partial(self._ask, work, done))

        def answered(answer: object) -> None:
            if isinstance(answer, bool):
                done(answer)
            else:
                again()

        if not self.host.call(work, answered, again):
            again()

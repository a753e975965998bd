"""The operators: they pause lanes, give overdue runs up, decide about others, have ends told again.

They ask again until they are answered. Some submit a run again before they have looked at anything,
and rely on being refused; what they decide then is right, as they have seen the machines.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from shared.domain.identifiers import is_lane_id, lane_id
from shared.domain.lane_stop import Stop
from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run
from shared.services.refusals import (
    NothingGivenUpError,
    NotUnconfirmedError,
    SessionsFoundError,
    StillConfirmingError,
)
from shared.storage.table import Entity, SessionTakenError, Value
from shared.triggers.provider import Services
from tests.simulation.chaos import Chaos
from tests.simulation.clients import ASK_AGAIN_MS
from tests.simulation.dataverse import ENVIRONMENT, SimulatedDataverse
from tests.simulation.history import History
from tests.simulation.host import Host
from tests.simulation.index_promise import given_up
from tests.simulation.scheduler import Scheduler
from tests.simulation.wishes import Halt

STOP = Stop("a halt")
FAIL = Resolution(Action.FAIL, None, "an operator", "its session never ends")
GIVES_UP_MS = 120_000
TELLS_AGAIN_MS = 30_000
RECEIVER = "the receiver"
CARELESS = 0.5
DECIDES_MS = (5_000, 60_000)
"""How long an operator takes to look at a run."""


@dataclass(slots=True)
class Operators:
    """Whoever was answered that a lane is paused relies on it."""

    scheduler: Scheduler
    chaos: Chaos
    history: History
    host: Host
    dataverse: SimulatedDataverse
    runs: Mapping[str, Mapping[str, Value]]
    breach: Callable[[str], None]
    _claims: dict[str, str] = field(default_factory=dict)
    _stopped: dict[str, str] = field(default_factory=dict)
    _overdue: set[str] = field(default_factory=set)
    _told_again: set[tuple[str, str]] = field(default_factory=set)

    def watch(self, lane: str, changes: Mapping[str, Entity | None]) -> None:
        """Look at what a transaction made of a lane: while it is paused, it is claimed for none."""
        if not is_lane_id(lane):
            return
        self._look_for_overdue(lane, changes)
        self._look_for_given_up(lane, changes)
        for row, need in changes.items():
            if row.startswith("need:") and need is not None:
                self._decide_soon(f"{lane}-{row.removeprefix('need:')}")
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

    def _look_for_given_up(self, lane: str, changes: Mapping[str, Entity | None]) -> None:
        """Have each end told again, once to each that could not be told: receiver or engine."""
        for row, entity in changes.items():
            if entity is None or not row.startswith("run:"):
                continue
            run_id = f"{lane}-{row.removeprefix('run:')}"
            receiver = {RECEIVER} if "NotifyGivenUpAt" in entity.properties else set[str]()
            for name in sorted(receiver | given_up(entity.properties)):
                if (run_id, name) not in self._told_again:
                    self._told_again.add((run_id, name))
                    self.scheduler.after(TELLS_AGAIN_MS, partial(self._tell_again, run_id, name))

    def _tell_again(self, run_id: str, name: str) -> None:
        def again() -> None:
            self.scheduler.after(
                self.chaos.between(*ASK_AGAIN_MS), partial(self._tell_again, run_id, name)
            )

        def done(answer: object) -> None:
            self.history.tell("operator", f"tells {run_id[-8:]} again -> {type(answer).__name__}")
            if isinstance(answer, NothingGivenUpError):
                if name != RECEIVER:
                    return  # an engine may have left meanwhile, or have joined again
                self.breach(f"told: nothing of {run_id[-8:]} was given up, it is said")
            elif isinstance(answer, Exception):
                again()
            elif (
                name == RECEIVER
                and isinstance(answer, Run)
                and not _was_told_again(self.runs[run_id])
            ):
                self.breach(f"told: {run_id[-8:]} is not told again, as was asked")

        if not self.host.call(lambda services: services.tell_again(run_id), done, again):
            again()

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

    def _decide_soon(self, run_id: str) -> None:
        self.scheduler.after(self.chaos.between(*DECIDES_MS), partial(self._decide, run_id))

    def _decide(self, run_id: str, *, looked: bool = False) -> None:
        """Adopt the run's session if there is one, and submit it again if there is none."""
        if "NeedsOperatorAt" not in self.runs.get(run_id, {}):
            return
        careless = not looked and self.chaos.chance.random() < CARELESS
        rashly = Resolution(Action.RESUBMIT)
        resolution = rashly if careless else self._resolution(run_id, force=looked)

        def work(services: Services) -> bool:
            try:
                services.resolve(run_id, resolution)
            except (SessionsFoundError, StillConfirmingError):
                return False
            except (NotUnconfirmedError, SessionTakenError):
                return True  # it came out otherwise
            return True

        def done(answer: object) -> None:
            self.history.tell("operator", f"{resolution.action} {run_id[-8:]} -> {answer}")
            if answer is False:
                self.scheduler.after(DECIDES_MS[0], partial(self._decide, run_id, looked=True))

        self._ask(work, done)

    def _resolution(self, run_id: str, *, force: bool) -> Resolution:
        run = self.runs[run_id]
        settled = str(run.get("PastSessions", "")) + str(run.get("DoubleSessions", ""))
        sessions = self.dataverse.by_token.get(str(run["CorrelationId"]), ())
        own = [each for each in sessions if each.id not in settled and not each.gone]
        if own:
            return Resolution(Action.ADOPT, own[0].id)
        reason = "no machine has worked for it" if force else None
        return Resolution(Action.RESUBMIT, reason=reason, force=force)

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


def _was_told_again(run: Mapping[str, Value]) -> bool:
    return "NotifyRetriedAt" in run

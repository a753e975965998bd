"""How fast many lanes go, beside what their connections and their user allow: worlds that measure.

`python -m tests.simulation.rates` prints what each reaches, and `python -m tests.simulation.rates
"ten lanes"` those whose name has that in it. Nothing goes wrong in these worlds.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.domain.window import SubmissionWindow
from shared.parts import Parts
from shared.storage.lanes import LaneTable
from tests.simulation.catalog import SilentCatalog
from tests.simulation.chaos import Rates
from tests.simulation.clock import SimulatedClock
from tests.simulation.crew import SimulatedCrews, SimulatedSignal
from tests.simulation.instance import compose
from tests.simulation.lives import MINUTE, PACE, plain
from tests.simulation.loads import LOADS, Load
from tests.simulation.messages import Messages
from tests.simulation.receivers import RemoteReceivers
from tests.simulation.remote_dataverse import RemoteDataverse
from tests.simulation.scenario import NEVER_MS, Scenario
from tests.simulation.scheduler import Process
from tests.simulation.sessions import WORKFLOW
from tests.simulation.wishes import Hang
from tests.simulation.world import World

WORKS_UP_TO_MS = 20_000
STEP_MS = 1_000
SLACK = 1.35
"""How much longer than at the full rate a world goes on whose lanes are slow."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a load. `shares`: what each healthy lane submitted, by what its limit allows.

    `submitted`: how many runs of each lane were. `requests`, `refused`: what Dataverse was asked
    and how often it said no to the user; `used`: the share of the user's limit that binds.
    `broken`: promises.
    """

    shares: tuple[float, ...]
    submitted: tuple[int, ...]
    requests: int
    refused: int
    used: float
    at_once: int
    broken: tuple[str, ...]

    @property
    def poorest(self) -> float:
        """Give the share of the slowest lane."""
        return min(self.shares)

    @property
    def fairness(self) -> float:
        """Give what the poorest lane had, by what a lane had on the average."""
        return min(self.submitted) * len(self.submitted) / max(1, sum(self.submitted))

    @property
    def refused_share(self) -> float:
        return self.refused / max(1, self.requests)

    @property
    def requests_a_run(self) -> float:
        return self.requests / max(1, sum(self.submitted))


def measure(load: Load, seed: int = 0) -> Measured:
    """Let a load be worked for as long as it takes, or somewhat longer than it should.

    Most promises are for other worlds to see; these are told of the rate, and of one session a run.
    """
    world = World(_scenario(load, seed))
    world.table.watchers[:] = [partial(world.promises.watch, world.dataverse)]
    _fill(world, load)
    world.host.open(load.instances)
    logger = logging.getLogger("shared")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        _live(world, load)
    finally:
        logger.setLevel(before)
    return _measured(world, load)


def _live(world: World, load: Load) -> None:
    full = (load.windows - (0 if load.spread else 1)) * PACE.window
    ends = load.minutes * MINUTE if load.user is not None else round(SLACK * full)
    while world.scheduler.now < ends and not world.scheduler.halted:
        if load.user is None and all(_left(world, load)):
            break
        world.scheduler.run(world.scheduler.now + STEP_MS)


def _scenario(load: Load, seed: int) -> Scenario:
    lanes = range(load.lanes, load.lanes + load.hanging)
    hanging = tuple(Hang(lane, 0, NEVER_MS, silent=lane % 2 == 1) for lane in lanes)
    return plain(
        (),
        seed=seed,
        instances=load.instances,
        lanes=load.lanes + load.hanging,
        pace=replace(PACE, limit=load.limit),
        works_up_to=WORKS_UP_TO_MS,
        rates=Rates(),
        user=load.user,
        submits_for=load.submits_for,
        reads_for=load.reads_for,
        hanging=hanging,
    )


@dataclass(slots=True)
class _Direct:
    """A queue without a network before it."""

    messages: Messages

    @property
    def name(self) -> str:
        return self.messages.name

    def send(self, text: str, *, delay_seconds: int = 0) -> None:
        self.messages.put(text, delay_seconds)

    def ensure(self) -> None:
        return

    def count(self) -> int:
        return len(self.messages.waiting)


def _fill(world: World, load: Load) -> None:
    """Start all runs at once, as if they had come in no time."""
    process = Process("clients")
    clock = SimulatedClock(world.scheduler, process, world.chance, 0)
    parts = Parts(
        table=world.table,
        requests=_Direct(world.requests),
        rejections=_Direct(world.rejections),
        wake_ups=_Direct(world.wake_ups),
        events=_Direct(world.events),
        notifications=_Direct(world.notifications),
        dataverse=RemoteDataverse(world.network, process, world.dataverse, clock),
        catalog=SilentCatalog(),
        webhooks=RemoteReceivers(world.network, process, world.receivers),
        clock=clock,
        crews=SimulatedCrews(world.scheduler, process),
        signals=partial(SimulatedSignal, world.scheduler, process),
        shelves={},
    )
    start = compose(world.scenario, parts).start
    lanes = load.lanes + load.hanging
    for number in range(load.limit * load.windows * lanes):
        connection, token = f"connection-{number % lanes}", f"w{number}"
        run = RunRequest(WORKFLOW, connection, RunMode.UNATTENDED, correlation_id=token)
        start(StartRequest(run, json.dumps({"token": token})), None)
    if load.spread:
        _spread(world, load, clock.now())


def _spread(world: World, load: Load, now: int) -> None:
    """Have slots free evenly over the first window."""
    ends = tuple(now + number * PACE.window // load.limit for number in range(load.limit))
    table = LaneTable(world.table)
    for lane_id in table.ids():
        table.change(lane_id, lambda lane: replace(lane, window=SubmissionWindow(ends)))


def _left(world: World, load: Load) -> Iterator[bool]:
    """Say of each healthy lane whether all of its runs have left its backlog."""
    for lane in range(load.lanes):
        arrivals = world.dataverse.arrivals[f"connection-{lane}"]
        yield len(arrivals) >= load.limit * load.windows


def _measured(world: World, load: Load) -> Measured:
    arrivals = [world.dataverse.arrivals[f"connection-{lane}"] for lane in range(load.lanes)]
    protection, ends = world.dataverse.protection, max(1, world.scheduler.now)
    refused, used = protection.refused.total(), 0.0
    if load.user is not None:
        windows = ends / load.user.window
        asked = (protection.asked - refused) / load.user.requests
        used = max(asked, protection.worked / load.user.execution) / windows
    return Measured(
        shares=tuple(_share(seen, load, ends) for seen in arrivals),
        submitted=tuple(len(seen) for seen in arrivals),
        requests=protection.asked,
        refused=refused,
        used=used,
        at_once=protection.peak,
        broken=tuple(world.promises.broken),
    )


def _share(arrivals: list[int], load: Load, ends: int) -> float:
    """Tell what share a lane submitted of what its limit allows in the time it had a backlog.

    A sliding window allows a window full at once, and another in each window after that; where
    slots free one after the other, one at once.
    """
    first = 1 if load.spread else load.limit
    took = arrivals[-1] if len(arrivals) >= load.limit * load.windows else ends
    return len(arrivals) / (first + load.limit * took / PACE.window)


def main() -> None:
    """Measure what the arguments name, and print a line of each."""
    wanted = " ".join(sys.argv[1:])
    columns = ("poorest", "mean", "fair", "429s", "used", "calls", "at once", "cpu s")
    _print(f"{'':<48}{''.join(f'{column:>8}' for column in columns)}")
    for name, load in LOADS.items():
        if wanted in name:
            began = time.process_time()
            found = measure(load)
            _print(f"{_line(name, found)}{time.process_time() - began:>8.1f}")


def _line(name: str, found: Measured) -> str:
    mean = sum(found.shares) / len(found.shares)
    told = f"{name:<48}{found.poorest:>8.3f}{mean:>8.3f}{found.fairness:>8.2f}"
    told += f"{found.refused_share:>8.2%}{found.used:>8.2f}{found.requests_a_run:>8.2f}"
    return told + f"{found.at_once:>8}" + "".join(f"  {each}" for each in found.broken)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

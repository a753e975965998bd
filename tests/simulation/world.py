"""A world: everything of one seed, wired up, run until it rests, and judged."""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from shared.domain.identifiers import is_run_id
from shared.domain.request import RunMode, RunRequest
from shared.domain.run import Run, RunStatus
from shared.domain.session import FlowSession, StatusCode
from shared.parts import Parts
from shared.services.facts import Facts
from shared.services.following.learnt import Learnt
from shared.services.rounds.reconcile import AGAIN_MS, SAME_FOR_MS
from shared.storage.environment import EnvironmentTable
from shared.storage.table import Entity
from tests.simulation import returns
from tests.simulation.callbacks import Callbacks
from tests.simulation.catalog import SilentCatalog
from tests.simulation.chaos import Chaos
from tests.simulation.clients import Clients
from tests.simulation.clock import SimulatedClock
from tests.simulation.crew import SimulatedCrews, SimulatedSignal
from tests.simulation.dataverse import ENVIRONMENT, MARKER_BASE, SimulatedDataverse
from tests.simulation.engines import Engines
from tests.simulation.going import Going
from tests.simulation.history import AppLog, History
from tests.simulation.host import Host
from tests.simulation.index_promise import differences, untold
from tests.simulation.instance import CALLBACK_BASE, SIGNER, Instance, compose
from tests.simulation.lane_promises import LanePromises
from tests.simulation.messages import Messages
from tests.simulation.network import Network
from tests.simulation.operators import Operators
from tests.simulation.promises import Promises
from tests.simulation.receivers import Receivers, RemoteReceivers
from tests.simulation.remote_dataverse import RemoteDataverse
from tests.simulation.returns import Returns
from tests.simulation.scenario import NEVER_MS, Scenario
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.sessions import SimulatedSession
from tests.simulation.storage import RemoteQueue, RemoteTable
from tests.simulation.stretches import Stretches
from tests.simulation.table import SimulatedTable
from tests.simulation.worlds import scenario_of

LOOK_EVERY_MS = 5_000
AFTERMATH_MS = 150_000
DRIFT_EVERY_MS = 45_000
RETAIN_EVERY_MS = 300_000
RECONCILED_MS = SAME_FOR_MS + AGAIN_MS + 120_000
"""By when some sweeps have put right what the index of runs told otherwise."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a seed: promises broken, and what happened if that was kept."""

    seed: int
    broken: tuple[str, ...]
    history: tuple[str, ...]
    simulated_ms: int
    events: int


class World:
    """One environment, one storage account, some instances, some clients."""

    def __init__(self, scenario: Scenario, *, verbose: bool = False) -> None:
        chance = random.Random(f"world {scenario.seed}")
        self.scenario = scenario
        self.chance = chance
        self.scheduler = Scheduler(chance)
        self.history = History(self.scheduler, verbose)
        self.chaos = Chaos(
            self.scheduler, chance, scenario.rates, scenario.faults_end, scenario.outages
        )
        self.promises = Promises(self.scheduler, scenario)
        breach = self.promises.breach
        self.table = SimulatedTable()
        self.wake_ups = self._queue("wake-up", loses=lambda _: True)
        self.requests = self._queue("request")
        self.rejections = self._queue("rejection")
        self.events = self._queue("event")
        self.notifications = self._queue("notification", loses=is_run_id)
        self.host = Host(self.scheduler, chance, self.history, self.boot, breach)
        self.network = Network(self.scheduler, self.chaos, self.history, self.host.restart, breach)
        self.callbacks = Callbacks(self.scheduler, self.chaos, chance, self.history, self.host)
        self.dataverse = SimulatedDataverse(
            self.scheduler,
            scenario,
            self.chaos,
            chance,
            self.history,
            self._session_began,
            self._session_ended,
            breach,
        )
        self.engines = Engines(self.scheduler, self.chaos, self.history, self.host, self.promises)
        self.clients = Clients(
            self.scheduler,
            self.chaos,
            chance,
            self.history,
            self.host,
            self.requests,
            self.engines,
        )
        self.operators = Operators(
            self.scheduler,
            self.chaos,
            self.history,
            self.host,
            self.dataverse,
            self.promises.runs,
            breach,
        )
        self.wake_ups.deliver_to(self.host.dispatch)
        self.requests.deliver_to(self.host.ingest)
        self.rejections.deliver_to(self.host.reject)
        self.receivers = Receivers(
            self.chaos, self.history, self.promises.check_told, self.engines.hear
        )
        self.events.deliver_to(self.receivers.read)
        self.notifications.deliver_to(self.host.notify)
        if scenario.urls_known and scenario.keeps_urls and not scenario.alters_urls:
            self._teach()
        stretches = Stretches(breach)
        self.returns = Returns(self.scheduler, chance, self.clients, self.table, scenario.returning)
        unrests = self.chaos.unrests
        lanes = LanePromises(self.scheduler, self.table, self.dataverse, unrests, breach)
        self.going = Going(scenario, self.chaos, self.host, lanes)
        watchers = (self._committed, self.operators.watch, stretches.watch, self.returns.watch)
        self.table.watchers += (*watchers, lanes.watch, self.going.watch)
        self.scheduler.stuck = lambda: breach("livelock: time stands still")

    def run(self) -> None:
        """Let it live until it rests, then check the promises."""
        self.going.begin()
        self.host.open(self.scenario.instances)
        self.clients.begin(self.scenario.wishes)
        self.engines.begin(self.scenario.listeners)
        self.operators.begin(self.scenario.halts)
        for number, at in enumerate(self.scenario.strangers):
            self.scheduler.at(at, partial(self.dataverse.stranger, number))
        self._drift()
        self.scheduler.run(self.scenario.faults_end)
        ends = self.scenario.faults_end + self.scenario.patience
        while not self._rests() and self.scheduler.now < ends and not self.scheduler.halted:
            self.scheduler.run(self.scheduler.now + LOOK_EVERY_MS)
        self.scheduler.run(self.scheduler.now + AFTERMATH_MS)
        if not self.promises.broken:
            self.promises.check_rest(self.table, self.dataverse, self.clients, self.receivers)
            self.engines.check_rest()
        self._check_index()
        if self.scenario.ages:
            self._age()

    def _check_index(self) -> None:
        """See that the index tells of every run what is so, after some sweeps at the most."""
        runs = self.promises.runs
        ends = self.scheduler.now + RECONCILED_MS
        while any(differences(self.table, runs)) and self.scheduler.now < ends:
            if self.scheduler.halted:
                return
            self.scheduler.run(self.scheduler.now + AFTERMATH_MS)
        for difference in differences(self.table, runs):
            self.promises.breach(f"index: {difference}")

    def _age(self) -> None:
        """Let time pass until every run is old enough to be removed, and see that it is.

        As long as lanes are used again meanwhile, storage is slow and fails.
        """
        while self.returns.next_wave() and not self.promises.broken:
            self.chaos.rates, self.chaos.ends = returns.RATES, self.scheduler.now + NEVER_MS
            self._retain(RETAIN_EVERY_MS)
            self.chaos.ends = self.scheduler.now
            ends = self.scheduler.now + self.scenario.patience
            while not self._rests() and self.scheduler.now < ends and not self.scheduler.halted:
                self.scheduler.run(self.scheduler.now + LOOK_EVERY_MS)
            self.promises.check_open(self.clients)
        self._retain(3 * RETAIN_EVERY_MS)
        if not self.promises.broken:
            self.promises.check_removed(self.table)

    def _retain(self, beyond: int) -> None:
        """Let the timer of retention fire until all is old, and for so long beyond that."""
        ends = self.scheduler.now + self.scenario.retention + beyond
        while self.scheduler.now < ends and not self.scheduler.halted:
            self.scheduler.run(self.scheduler.now + RETAIN_EVERY_MS)
            self.host.retain()
        self.scheduler.run(self.scheduler.now + RETAIN_EVERY_MS)

    def _rests(self) -> bool:
        waiting = self.requests.waiting or self.events.waiting or self.engines.open
        return not (self.promises.open or self.promises.untold or self.clients.open or waiting)

    def _teach(self) -> None:
        """Let the app have seen a session of its own before, which carried its callback URL."""
        learnt = Learnt(SIGNER, Facts(EnvironmentTable(self.table, ENVIRONMENT)))
        run = Run("", RunRequest("", "", RunMode.UNATTENDED), RunStatus.RUNNING, 0, 0, 0)
        run = replace(run, callback_base=CALLBACK_BASE if self.scenario.callbacks else MARKER_BASE)
        url = SIGNER.url(run.callback_base or "", run.id)
        learnt.learn(FlowSession("before", StatusCode.SUCCEEDED, callback_url=url), run)

    def boot(self, name: str) -> Instance:
        process = Process(name)
        skew = self.scenario.pace.margin // 2
        clock = SimulatedClock(self.scheduler, process, self.chance, skew)
        clock.drift()
        parts = Parts(
            table=RemoteTable(self.network, process, self.table, self._shown),
            requests=RemoteQueue(self.network, process, self.requests),
            rejections=RemoteQueue(self.network, process, self.rejections),
            wake_ups=RemoteQueue(self.network, process, self.wake_ups),
            events=RemoteQueue(self.network, process, self.events),
            notifications=RemoteQueue(self.network, process, self.notifications),
            dataverse=RemoteDataverse(self.network, process, self.dataverse, clock),
            catalog=SilentCatalog(),
            webhooks=RemoteReceivers(self.network, process, self.receivers),
            clock=clock,
            crews=SimulatedCrews(self.scheduler, process),
            signals=partial(SimulatedSignal, self.scheduler, process),
            shelves={},
        )
        return Instance(process, clock, compose(self.scenario, parts))

    def _shown(self, entity: Entity) -> Entity:
        """Show a row as processes see it: some cannot be read until the faults are over."""
        token = str(entity.properties.get("CorrelationId", ""))
        if self.chaos.over or not self.scenario.spoils(token):
            return entity
        return replace(entity, properties={**entity.properties, "Status": "Spoilt"})

    def _queue(self, name: str, *, loses: Callable[[str], bool] = lambda _: False) -> Messages:
        return Messages(self.scheduler, self.chaos, self.history, name, loses)

    def _drift(self) -> None:
        """Let the clocks be wrong by other amounts, now and then."""
        self.scheduler.after(self.chance.randrange(DRIFT_EVERY_MS), self._drift)
        for instance in self.host.instances.values():
            instance.clock.drift()

    def _session_began(self, session: SimulatedSession) -> None:
        self.callbacks.forge(session, list(self.dataverse.sessions))

    def _session_ended(self, session: SimulatedSession) -> None:
        # One that its run does not know yet must not be lost: nothing could tell that it was there.
        rate = self.scenario.rates.session_lost
        if rate and self.promises.knows(session.id) and self.chaos.strikes(rate):
            session.gone = True
        self.callbacks.ended(session)

    def _committed(self, partition: str, changes: Mapping[str, Entity | None]) -> None:
        for difference in untold(self.table, self.promises.runs, partition, changes):
            self.promises.breach(f"index: {difference}")
        self.promises.watch(self.dataverse, partition, changes)


def simulate(seed: int, *, verbose: bool = False) -> Outcome:
    """Run the world of a seed; `verbose`: keep its whole history."""
    world = World(scenario_of(seed), verbose=verbose)
    log, logger = AppLog(world.history, world.promises.breach), logging.getLogger("shared")
    before = logger.level, logger.propagate
    logger.propagate = False
    logger.setLevel(logging.INFO if verbose else logging.ERROR)
    logger.addHandler(log)
    try:
        world.run()
    finally:
        logger.removeHandler(log)
        logger.setLevel(before[0])  # which forgets what was found out about levels, too
        logger.propagate = before[1]
    return Outcome(
        seed,
        tuple(world.promises.broken),
        (*world.scenario.told(), *world.history.lines) if verbose else (),
        world.scheduler.now,
        world.scheduler.events,
    )

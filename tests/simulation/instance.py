"""An instance of the app: the real services over simulated parts, as composition builds them."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.callback_url import CallbackSigner
from shared.domain.destinations import Destinations
from shared.services.announcing.announce import Announce
from shared.services.announcing.notify import Notify
from shared.services.announcing.silent_receivers import SilentReceivers
from shared.services.deciding.cancel import Cancel
from shared.services.following.callback import HearCallback
from shared.services.following.confirm import Confirm
from shared.services.following.doubles import Doubles
from shared.services.following.match import Match
from shared.services.following.poll import Poll
from shared.services.following.record import CallbackUrls, Record
from shared.services.following.restraint import Restraint
from shared.services.rounds.retain import Retain
from shared.services.rounds.sweep import Sweep
from shared.services.starting.connections import Connections
from shared.services.starting.ingest import Ingest
from shared.services.starting.start import Start
from shared.services.submitting.dispatch import Dispatch
from shared.services.submitting.submit import Submit
from shared.services.wake import Waker
from shared.storage.environment import EnvironmentTable
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.keys import KeyTable
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun
from tests.simulation.clock import SimulatedClock
from tests.simulation.crew import SimulatedCrews
from tests.simulation.receivers import REDELIVERY, RemoteReceivers
from tests.simulation.remote_dataverse import RemoteDataverse
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.storage import RemoteQueue, RemoteTable

ENVIRONMENT = "org.crm.example"
CALLBACK_BASE = "https://broker.example"
DESTINATIONS = Destinations(enabled=True)
SIGNER = CallbackSigner(ENVIRONMENT, (b"k" * 32,))


@dataclass(frozen=True, slots=True)
class Services:
    start: Start
    ingest: Ingest
    dispatch: Dispatch
    cancel: Cancel
    hear_callback: HearCallback
    sweep: Sweep
    notify: Notify
    retain: Retain


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one process sees of the world."""

    clock: SimulatedClock
    crews: SimulatedCrews
    table: RemoteTable
    wake_ups: RemoteQueue
    rejections: RemoteQueue
    events: RemoteQueue
    notifications: RemoteQueue
    dataverse: RemoteDataverse
    receivers: RemoteReceivers


def compose(scenario: Scenario, around: Surroundings) -> Services:
    """Build the services of one process."""
    pace, polling, width = scenario.pace, scenario.polling, scenario.concurrency
    clock, crews, table, dataverse = around.clock, around.crews, around.table, around.dataverse
    runs, lanes = RunTable(table), LaneTable(table)
    keys, known = KeyTable(table), EnvironmentTable(table, ENVIRONMENT)
    announce = Announce(runs, around.events, around.notifications, clock)
    runs.watchers.append(announce.at_once)
    waker = Waker(lanes, around.wake_ups, clock, pace)
    urls = CallbackUrls(SIGNER, known)
    record = Record(runs, urls, clock, polling)
    ended: list[StoredRun] = []
    polled_runs = RunTable(table)
    polled_runs.watchers.append(ended.append)
    polled_record = Record(polled_runs, urls, clock, polling)
    connections = Connections(ENVIRONMENT, known, dataverse, clock)
    base = CALLBACK_BASE if scenario.callbacks else None
    submit = Submit(runs, dataverse, SIGNER, base, clock, pace, polling)
    sessions = Restraint(dataverse, known, clock)
    confirm = Confirm(
        runs=polled_runs,
        dataverse=sessions,
        signer=SIGNER,
        match=Match(runs, lanes, sessions, SIGNER),
        urls=urls,
        record=polled_record,
        waker=waker,
        clock=clock,
        pace=pace,
        polling=polling,
        absent_ms=scenario.absent,
    )
    poll = Poll(
        runs=polled_runs,
        ended=ended,
        announce=announce,
        sessions=sessions,
        record=polled_record,
        confirm=confirm,
        waker=waker,
        clock=clock,
        polling=polling,
    )
    start = Start(
        connections=connections,
        lanes=lanes,
        keys=keys,
        runs=runs,
        waker=waker,
        clock=clock,
        destinations=DESTINATIONS,
        retention_ms=scenario.retention,
    )
    doubles = Doubles(runs, lanes, sessions)
    return Services(
        start=start,
        ingest=Ingest(start, around.rejections),
        dispatch=Dispatch(lanes, submit, dataverse, waker, crews, clock, pace, width),
        cancel=Cancel(runs, dataverse, record, clock),
        hear_callback=HearCallback(runs, dataverse, SIGNER, record, waker, clock),
        sweep=Sweep(lanes, waker, poll, doubles, crews, clock, pace, width),
        notify=Notify(
            runs, around.receivers, DESTINATIONS, clock, REDELIVERY, SilentReceivers(clock)
        ),
        retain=Retain(
            lanes=lanes,
            runs=runs,
            expired=ExpiredRuns(table),
            keys=keys,
            crews=crews,
            clock=clock,
            retention_ms=scenario.retention,
            concurrency=width,
        ),
    )


@dataclass(eq=False, slots=True)
class Invocation:
    """A function call: `done` gets its result or error; `died`: the process was killed in it."""

    work: Callable[[Services], object]
    done: Callable[[object], None]
    died: Callable[[], None]


class Instance:
    """A process with its services and the function calls under way in it."""

    def __init__(self, process: Process, clock: SimulatedClock, services: Services) -> None:
        self.process = process
        self.clock = clock
        self.services = services
        self.running: list[Invocation] = []

    def invoke(self, scheduler: Scheduler, invocation: Invocation) -> None:
        """Begin a function call."""
        self.running.append(invocation)
        scheduler.spawn(self.process, lambda: self._run(invocation))

    def _run(self, invocation: Invocation) -> None:
        try:
            result = invocation.work(self.services)
        except Exception as error:  # noqa: BLE001 - the host's edge: whoever called is told
            result = error
        self.running.remove(invocation)
        invocation.done(result)

"""An instance of the app: the real services over simulated parts, as composition builds them."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.callback_url import CallbackSigner
from shared.services.cancel import Cancel
from shared.services.complete import Complete
from shared.services.confirm import Confirm
from shared.services.connections import Connections
from shared.services.dispatch import Dispatch
from shared.services.ingest import Ingest
from shared.services.match import Match
from shared.services.poll import Poll
from shared.services.restraint import Restraint
from shared.services.sessions import CallbackUrls, Record
from shared.services.start import Start
from shared.services.submit import Submit
from shared.services.sweep import Sweep
from shared.services.wake import Waker
from shared.storage.environment import EnvironmentTable
from shared.storage.keys import KeyTable
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable
from tests.simulation.clock import SimulatedClock
from tests.simulation.crew import SimulatedCrews
from tests.simulation.remote_dataverse import RemoteDataverse
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.storage import RemoteQueue, RemoteTable

ENVIRONMENT = "org.crm.example"
CALLBACK_BASE = "https://broker.example"
SIGNER = CallbackSigner(ENVIRONMENT, (b"k" * 32,))


@dataclass(frozen=True, slots=True)
class Services:
    start: Start
    ingest: Ingest
    dispatch: Dispatch
    cancel: Cancel
    complete: Complete
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one process sees of the world."""

    clock: SimulatedClock
    crews: SimulatedCrews
    table: RemoteTable
    wake_ups: RemoteQueue
    rejections: RemoteQueue
    dataverse: RemoteDataverse


def compose(scenario: Scenario, around: Surroundings) -> Services:
    """Build the services of one process."""
    pace, polling, width = scenario.pace, scenario.polling, scenario.concurrency
    clock, crews, table, dataverse = around.clock, around.crews, around.table, around.dataverse
    runs, lanes = RunTable(table), LaneTable(table)
    known = EnvironmentTable(table, ENVIRONMENT)
    waker = Waker(lanes, around.wake_ups, clock, pace)
    urls = CallbackUrls(SIGNER, known)
    record = Record(runs, urls, clock, polling)
    connections = Connections(ENVIRONMENT, known, dataverse, clock)
    base = CALLBACK_BASE if scenario.callbacks else None
    submit = Submit(runs, dataverse, SIGNER, base, clock, pace, polling)
    sessions = Restraint(dataverse, known, clock)
    confirm = Confirm(
        runs=runs,
        dataverse=sessions,
        signer=SIGNER,
        match=Match(runs, lanes, sessions, SIGNER),
        urls=urls,
        record=record,
        waker=waker,
        clock=clock,
        pace=pace,
        polling=polling,
        absent_ms=scenario.absent,
    )
    poll = Poll(runs, sessions, record, confirm, waker, clock, polling)
    start = Start(connections, lanes, KeyTable(table), runs, waker, clock)
    return Services(
        start=start,
        ingest=Ingest(start, around.rejections),
        dispatch=Dispatch(lanes, submit, dataverse, waker, crews, clock, pace, width),
        cancel=Cancel(runs, dataverse, record, clock),
        complete=Complete(runs, dataverse, SIGNER, record, waker, clock),
        sweep=Sweep(lanes, waker, poll, crews, clock, pace, width),
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

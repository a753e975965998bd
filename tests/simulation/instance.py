"""An instance of the app: the services that are deployed, over simulated parts."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.assembly import assemble
from shared.domain.callback_url import CallbackSigner
from shared.domain.destinations import Destinations
from shared.domain.protection import Protection
from shared.parts import Parts
from shared.policy import Policy
from shared.triggers.provider import Services
from tests.simulation.clock import SimulatedClock
from tests.simulation.dataverse import ENVIRONMENT, MARKER_BASE
from tests.simulation.protection import UserLimits
from tests.simulation.receivers import REDELIVERY
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.workers import Workers

CALLBACK_BASE = "https://broker.example"
DESTINATIONS = Destinations(enabled=True)
SIGNER = CallbackSigner(ENVIRONMENT, (b"k" * 32,))


def compose(scenario: Scenario, parts: Parts) -> Services:
    """Build the services of one process."""
    policy = Policy(
        environment=ENVIRONMENT,
        signer=SIGNER,
        callback_base=CALLBACK_BASE if scenario.callbacks else None,
        marker_base=MARKER_BASE,
        pace=scenario.pace,
        polling=scenario.polling,
        concurrency=scenario.concurrency,
        confirm_absent=scenario.absent,
        retention=scenario.retention,
        keep_inputs=False,
        destinations=DESTINATIONS,
        redelivery=REDELIVERY,
        engine_redelivery=REDELIVERY,
        protection=_protection(scenario.user),
    )
    return assemble(parts, policy)


def _protection(user: UserLimits | None) -> Protection:
    """Give what the settings say of the user's limits."""
    if user is None:
        return Protection()
    return Protection(
        at_once=user.concurrent,
        requests=user.requests,
        execution=user.execution / 1000,
        window=user.window / 1000,
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
        self.workers = Workers()
        self.running: dict[Invocation, None] = {}

    def invoke(self, scheduler: Scheduler, invocation: Invocation) -> None:
        """Begin a function call, as soon as there is a thread for it."""
        self.running[invocation] = None
        self.workers.begin(lambda: scheduler.spawn(self.process, lambda: self._run(invocation)))

    def _run(self, invocation: Invocation) -> None:
        try:
            result = invocation.work(self.services)
        except Exception as error:  # noqa: BLE001 - the host's edge: whoever called is told
            result = error
        del self.running[invocation]
        self.workers.end()
        invocation.done(result)

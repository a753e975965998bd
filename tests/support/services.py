"""The app's services over parts in memory, in one thread: messages wait until a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from shared.assembly import assemble
from shared.dataverse.errors import RefusedError
from shared.domain.callback_url import CallbackSigner
from shared.domain.destinations import Destinations
from shared.domain.run import Polling, Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.delivery_request import read_delivery_request
from shared.domain.run.notification import Delivery, Redelivery
from shared.domain.run.steps import adopt
from shared.domain.window import Pace
from shared.parts import Parts
from shared.policy import Policy
from shared.runtime import ThreadSignal
from shared.services.ports import Call, Crew, Result
from shared.storage.table import StorageUnavailableError
from shared.triggers.ends import ending_text
from shared.triggers.provider import Services
from tests.simulation.catalog import SilentCatalog
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.runs import POLLING, SESSION
from tests.support.tables import DeceptiveTable

ENVIRONMENT = "org.crm.dynamics.com"
KEY = b"k" * 32
REDELIVERY = Redelivery(waits=(5_000, 60_000), patience=600_000)


@dataclass
class Outbox:
    """A queue: what was sent and is not handled yet, with the seconds that it is to wait."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    fails: bool = False
    name: str = "a queue"

    def send(self, text: str, *, delay_seconds: int = 0) -> None:
        if self.fails:
            raise StorageUnavailableError("no answer")
        self.sent.append((text, delay_seconds))

    def ensure(self) -> None:
        return

    def count(self) -> int:
        return 0


@dataclass
class Receiver:
    """Who is told, and what he answers: the first of `answers`, the last of them for ever."""

    answers: list[Delivery] = field(default_factory=lambda: [Delivery()])
    heard: list[tuple[str, str, str]] = field(default_factory=list)

    def post(self, url: str, message_id: str, text: str) -> Delivery:
        self.heard.append((url, message_id, text))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Dataverse:
    """Gives these outputs, and cancels sessions, unless it refuses to."""

    given: Any = None
    refuses: RefusedError | None = None
    cancelled: list[str] = field(default_factory=list)

    def outputs(self, _: str) -> dict[str, Any] | None:
        if isinstance(self.given, Exception):
            raise self.given
        return cast("dict[str, Any] | None", self.given)

    def allowance(self) -> None:
        """Dataverse has not said what it allows."""

    def cancel(self, session_id: str) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.cancelled.append(session_id)

    session = cancel


class _Done:
    def __init__(self, value: Any) -> None:
        self._value = value

    def done(self) -> bool:
        return True

    def result(self) -> Any:
        return self._value


class _Crew:
    def start(self, work: Callable[[], Result]) -> Call[Result]:
        return _Done(work())

    def wait(self, calls: Iterable[Call[Result]], seconds: float) -> None:
        del calls, seconds


@contextmanager
def _crew(size: int) -> Iterator[Crew]:
    del size
    yield _Crew()


class Bench:
    """One instance of the app; `app`: its services."""

    def __init__(self, *, private_hosts: frozenset[str] = frozenset()) -> None:
        self.table = DeceptiveTable(SimulatedTable())
        self.clock = HandClock()
        self.events, self.messages = Outbox(), Outbox()
        self.receiver, self.dataverse = Receiver(), Dataverse()
        self.parts = Parts(
            table=self.table,
            requests=Outbox(),
            rejections=Outbox(),
            wake_ups=cast("Any", Outbox()),
            events=self.events,
            notifications=self.messages,
            dataverse=cast("Any", self.dataverse),
            catalog=SilentCatalog(),
            webhooks=self.receiver,
            clock=self.clock,
            crews=_crew,
            signals=ThreadSignal,
            shelves={},
        )
        self.policy = Policy(
            environment=ENVIRONMENT,
            signer=CallbackSigner(ENVIRONMENT, (KEY,)),
            callback_base=None,
            marker_base=None,
            pace=Pace(limit=70, window=60_000, deadline=100_000, margin=250),
            polling=Polling(120_000, 600_000),
            concurrency=4,
            confirm_absent=150_000,
            retention=30 * 24 * 3_600_000,
            keep_inputs=False,
            destinations=Destinations(private_hosts=private_hosts),
            engine_redelivery=REDELIVERY,
        )
        self.app = self.instance()

    def instance(self) -> Services:
        """Give another instance of the app, which shares storage with the first."""
        return assemble(self.parts, self.policy)

    def run(self, run_id: str) -> Run:
        stored = self.app.read(run_id)
        assert stored is not None
        return stored

    def works(self, run_id: str) -> None:
        """Let a run's robot begin."""
        self._step(run_id, lambda run: adopt(run, SESSION, at=self.clock.at, polling=POLLING))

    def ends(self, run_id: str, status: RunStatus = RunStatus.SUCCEEDED) -> None:
        """Let a run end, as if Dataverse had said so."""
        self._step(run_id, lambda run: end(run, status, at=self.clock.at))

    def _step(self, run_id: str, step: Callable[[Run], Run]) -> None:
        runs = self.app.cancel.runs
        stored = runs.read(run_id)
        assert stored is not None
        runs.change(stored, step)

    def deliver(self, *, times: int = 1_000) -> int:
        """Handle the messages that are there, one after the other; give how many were handled.

        The clock goes on to when each appears. Those that are sent meanwhile are handled too.
        """
        handled = 0
        while self.messages.sent and handled < times:
            text, delay = self.messages.sent.pop(0)
            self.clock.sleep(delay)
            self.handle(text)
            handled += 1
        return handled

    def handle(self, text: str) -> None:
        """Handle a message as the queue's function does."""
        request = read_delivery_request(text)
        if request is None:
            self.app.notify(text)
        else:
            self.app.deliver(request, ending_text)

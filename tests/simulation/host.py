"""The function host: spreads calls over the instances, and restarts those that were killed.

Messages go to any instance that takes more of their queue, and stay there while none does; the
sweep goes to one at a time, requests and callbacks to whom they meet.
"""

import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.dataverse.errors import DataverseError
from shared.domain.guard import read_guard
from shared.domain.run.delivery_request import read_delivery_request
from shared.services.refusals import (
    CancelRefusedError,
    NothingGivenUpError,
    NotUnconfirmedError,
    RunFinalError,
)
from shared.services.starting.connections import ConnectionUnknownError
from shared.services.starting.start import KeyReusedError
from shared.storage.table import StorageError
from shared.triggers.ends import ending_text
from shared.triggers.provider import Services
from tests.simulation.history import History
from tests.simulation.instance import Instance, Invocation
from tests.simulation.messages import Message
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.workers import BATCH

SWEEP_EVERY_MS = 60_000
EXPECTED = (
    DataverseError,
    StorageError,
    ConnectionUnknownError,
    KeyReusedError,
    RunFinalError,
    NotUnconfirmedError,
    CancelRefusedError,
    NothingGivenUpError,
)
"""What the triggers answer with a status of their own; anything else is a mistake in the app."""


@dataclass(slots=True)
class Host:
    """`boot` makes an instance by its name."""

    scheduler: Scheduler
    chance: random.Random
    history: History
    boot: Callable[[str], Instance]
    breach: Callable[[str], None]
    instances: dict[str, Instance] = field(default_factory=dict)
    _sweeping: Process | None = None
    _queued: dict[str, deque[Invocation]] = field(default_factory=lambda: defaultdict(deque))

    def open(self, count: int) -> None:
        """Start the instances and the timer."""
        for number in range(count):
            self._start(f"i{number}")
        self.scheduler.after(self.chance.randrange(SWEEP_EVERY_MS), self._tick)

    def restart(self, process: Process, after: int) -> None:
        """Take note that a process was killed: its calls died, and it starts again later."""
        name = process.name
        instance = self.instances.pop(name)
        for invocation in instance.running:
            self.scheduler.after(1, invocation.died)
        self.scheduler.after(after, lambda: self._start(name))

    def call(
        self,
        work: Callable[[Services], object],
        done: Callable[[object], None],
        died: Callable[[], None],
    ) -> bool:
        """Call a function on some instance; False if none lives."""
        if not self.instances:
            return False
        instance = self.chance.choice(list(self.instances.values()))
        instance.invoke(self.scheduler, Invocation(work, self._checked(done), died))
        return True

    def dispatch(
        self, message: Message, done: Callable[[bool], None], died: Callable[[], None]
    ) -> bool:
        """Deliver a wake-up."""
        guard = read_guard(message.text)

        def work(services: Services) -> None:
            if guard is None:
                services.dispatch(message.text)
            else:
                services.dispatch.take_over(guard)

        return self._take("wake-up", work, _well(done), died)

    def ingest(
        self, message: Message, done: Callable[[bool], None], died: Callable[[], None]
    ) -> bool:
        """Deliver a message that asks for a run."""
        text = message.text.encode()
        return self._take(
            "request", lambda services: services.ingest(text, message.id), _well(done), died
        )

    def notify(
        self, message: Message, done: Callable[[bool], None], died: Callable[[], None]
    ) -> bool:
        """Deliver a message that asks for a notification, or for an attempt to tell an engine."""
        request = read_delivery_request(message.text)

        def work(services: Services) -> None:
            if request is None:
                services.notify(message.text)
            else:
                services.deliver(request, ending_text)

        return self._take("notification", work, _well(done), died)

    def retain(self) -> None:
        """Let the timer of retention fire."""
        self.call(lambda services: services.retain(), _ignore, _nothing)

    def reject(
        self, message: Message, done: Callable[[bool], None], died: Callable[[], None]
    ) -> bool:
        """Take a message that the app rejected: none that the simulation sends deserves it."""
        del done, died
        self.breach(f"nothing lost: a message was rejected: {message.text}")
        return True

    def _take(
        self,
        queue: str,
        work: Callable[[Services], object],
        done: Callable[[object], None],
        died: Callable[[], None],
    ) -> bool:
        """Have an instance take a message, now or once it has a worker for it."""
        if not self.instances:
            return False
        self._queued[queue].append(Invocation(work, done, died))
        takers = [each for each in self.instances.values() if each.workers.may_take(queue)]
        if takers:
            self._fetch(self.chance.choice(takers), queue)
        else:
            self.history.tell("queue", f"keeps a {queue}: no instance takes more of them")
        return True

    def _fetch(self, instance: Instance, queue: str) -> None:
        """Give an instance a batch of the messages that wait, if it asks for more."""
        waiting, workers = self._queued[queue], instance.workers
        if not workers.may_take(queue):
            return
        for _ in range(min(BATCH, len(waiting))):
            message = waiting.popleft()
            workers.in_work[queue] += 1
            done = self._freeing(instance, queue, self._checked(message.done))
            instance.invoke(self.scheduler, Invocation(message.work, done, message.died))

    def _freeing(
        self, instance: Instance, queue: str, done: Callable[[object], None]
    ) -> Callable[[object], None]:
        def freed(result: object) -> None:
            instance.workers.in_work[queue] -= 1
            done(result)
            self._fetch(instance, queue)

        return freed

    def _checked(self, done: Callable[[object], None]) -> Callable[[object], None]:
        def check(result: object) -> None:
            if isinstance(result, Exception):
                self.history.tell("host", f"a call failed: {result!r}")
                if not isinstance(result, EXPECTED):
                    self.breach(f"errors: nobody expects {result!r}")
            done(result)

        return check

    def _start(self, name: str) -> None:
        self.history.tell(name, "starts")
        instance = self.instances[name] = self.boot(name)
        for queue in self._queued:
            self._fetch(instance, queue)

    def _tick(self) -> None:
        self.scheduler.after(SWEEP_EVERY_MS, self._tick)
        if not self.instances or self._holds_the_lock(self._sweeping):
            return
        instance = self.chance.choice(list(self.instances.values()))
        self._sweeping = instance.process
        over = Invocation(lambda services: services.sweep(), self._checked(self._swept), _nothing)
        instance.invoke(self.scheduler, over)

    def _holds_the_lock(self, process: Process | None) -> bool:
        """Say whether a sweep goes on; one whose process stands still loses the timer's lock."""
        return process is not None and process.alive and process.frozen_until <= self.scheduler.now

    def _swept(self, _: object) -> None:
        self._sweeping = None


def _well(done: Callable[[bool], None]) -> Callable[[object], None]:
    """Tell a queue whether its function ended well."""
    return lambda result: done(not isinstance(result, Exception))


def _ignore(_: object) -> None:
    return


def _nothing() -> None:
    return

"""Queues with their host: messages appear, are tried, and are deleted after success.

A message whose function fails appears again, up to five times; then it is put aside as poison. One
whose process died appears again once its lock is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.scheduler import Scheduler
from tests.simulation.unrest import Unrest

MAX_DEQUEUE_COUNT = 5
POLLING_MS = (10, 1_000)
RETRY_MS = 10_000
LOCK_MS = (10_000, 600_000)
LATE_MS = (1_000, 120_000)


class Deliver(Protocol):
    """Give a message to some instance, which says how it went; False if there is none."""

    def __call__(
        self, message: "Message", done: Callable[[bool], None], died: Callable[[], None]
    ) -> bool: ...


@dataclass(eq=False, slots=True)
class Message:
    """A message; what comes twice has the same id."""

    id: str
    text: str
    dequeue_count: int = 0


@dataclass(slots=True)
class Messages:
    """One queue. `loses`: which texts it may lose, as that of wake-ups might lose any.

    `waiting`: the texts of the messages that no function has handled yet, by their ids.
    """

    scheduler: Scheduler
    chaos: Chaos
    history: History
    name: str
    loses: Callable[[str], bool]
    waiting: dict[str, str] = field(default_factory=dict)
    _sent: int = 0
    _deliver: list[Deliver] = field(default_factory=list)

    def deliver_to(self, deliver: Deliver) -> None:
        self._deliver = [deliver]

    def put(self, text: str, delay_seconds: int = 0) -> None:
        """Take a message: it appears after the delay, when the host next polls."""
        self._sent += 1
        rates, sent_as = self.chaos.rates, f"{self.name}-{self._sent}"
        if self.loses(text) and self.chaos.strikes(rates.message_lost):
            self.history.tell("queue", f"loses {sent_as}")
            self.chaos.note(Unrest.QUEUE)
            return
        self.waiting[sent_as] = text
        copies = 2 if self.chaos.strikes(rates.message_twice) else 1
        for _ in range(copies):
            wait = delay_seconds * 1000 + self.chaos.between(*POLLING_MS)
            if self.chaos.strikes(rates.message_late):
                late = self.chaos.between(*LATE_MS)
                self.chaos.note(Unrest.QUEUE, late)
                wait += late
            self._appear(Message(sent_as, text), wait)

    def _appear(self, message: Message, wait: int) -> None:
        self.scheduler.after(wait, lambda: self._try(message))

    def _try(self, message: Message) -> None:
        message.dequeue_count += 1

        def done(well: bool) -> None:
            if well:
                self.waiting.pop(message.id, None)
            if not well or self.chaos.strikes(self.chaos.rates.message_twice):
                self._return(message)

        def died() -> None:
            self._appear(message, self.chaos.between(*LOCK_MS))

        self.history.tell("queue", f"delivers {message.id}, try {message.dequeue_count}")
        if not self._deliver[0](message, done, died):
            message.dequeue_count -= 1
            self._appear(message, 1_000)

    def _return(self, message: Message) -> None:
        """Let a message appear again; one that may not be lost is taken out of the poison later."""
        if message.dequeue_count < MAX_DEQUEUE_COUNT:
            self._appear(message, RETRY_MS)
            return
        self.history.tell("queue", f"puts {message.id} aside as poison")
        if not self.loses(message.text):
            message.dequeue_count = 0
            self._appear(message, max(0, self.chaos.ends - self.scheduler.now) + RETRY_MS)

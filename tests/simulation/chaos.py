"""What goes wrong, and how often: chance from the seed, until the faults stop."""

import random
from dataclasses import dataclass, field
from enum import StrEnum

from tests.simulation.scheduler import Scheduler
from tests.simulation.unrest import Unrest, Unrests


@dataclass(frozen=True, slots=True)
class Rates:
    """How probable each fault is, for each call, message or callback; all zero: a calm world.

    `belated`: a submission arrives after its sender gave up, but while Dataverse is still asked for
    its session; `ghost`: later than that, which is beyond what the design promises.
    """

    crash: float = 0.0
    freeze: float = 0.0
    storage_refused: float = 0.0
    storage_lost: float = 0.0
    storage_late: float = 0.0
    storage_slow: float = 0.0
    sdk_repeat: float = 0.0
    never_sent: float = 0.0
    request_lost: float = 0.0
    answer_lost: float = 0.0
    server_error: float = 0.0
    slow: float = 0.0
    throttled: float = 0.0
    throttled_session: float = 0.0
    refused: float = 0.0
    read_failed: float = 0.0
    belated: float = 0.0
    ghost: float = 0.0
    message_lost: float = 0.0
    message_twice: float = 0.0
    message_late: float = 0.0
    callback_lost: float = 0.0
    callback_twice: float = 0.0
    callback_late: float = 0.0
    callback_forged: float = 0.0
    client_twice: float = 0.0
    client_answer_lost: float = 0.0
    session_lost: float = 0.0
    notify_failed: float = 0.0
    notify_lost: float = 0.0
    protected: float = 0.0


class Service(StrEnum):
    STORAGE = "storage"
    DATAVERSE = "Dataverse"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a service cannot be reached at all; ms of the simulation.

    That of the identity: Dataverse refuses the app, whatever it asks for.
    """

    service: Service
    begins: int
    ends: int


@dataclass(slots=True)
class Chaos:
    """Decides what strikes; nothing does once the faults have stopped (`ends`, ms)."""

    scheduler: Scheduler
    chance: random.Random
    rates: Rates
    ends: int
    outages: tuple[Outage, ...] = ()
    unrests: Unrests = field(default_factory=Unrests)

    @property
    def over(self) -> bool:
        return self.scheduler.now >= self.ends

    def strikes(self, rate: float) -> bool:
        return rate > 0 and not self.over and self.chance.random() < rate

    def is_down(self, service: Service) -> bool:
        now = self.scheduler.now
        return any(
            each.service is service and each.begins <= now < each.ends for each in self.outages
        )

    def note(self, kind: Unrest, lasts: int = 0) -> None:
        """Note that something has struck, and for how long from now on (ms)."""
        self.unrests.note(kind, self.scheduler.now + lasts)

    def between(self, least: int, most: int) -> int:
        """Give a number of milliseconds; small ones are likelier."""
        return least + round((most - least) * self.chance.random() ** 2)

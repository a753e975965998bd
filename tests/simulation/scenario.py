"""What a seed stands for: instances, limits, requests, robots, and the faults that strike."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum

from shared.domain.pause import LONGEST
from shared.domain.request import ConnectionType
from shared.domain.run import Polling
from shared.domain.run.again import LATER, LATEST, LOSSES_LIMIT
from shared.domain.session import StatusCode
from shared.domain.window import Pace
from shared.services.following.due import UNREADABLE_MS
from shared.services.hold import LONGEST_REFUSED_MS
from tests.simulation.chaos import Outage, Rates
from tests.simulation.protection import UserLimits
from tests.simulation.receivers import REDELIVERY
from tests.simulation.sessions import Fate
from tests.simulation.wishes import Halt, Hang, Listener, Wish

NEVER_MS = 10**12
CALLS_A_RUN = 10
"""More than Dataverse is asked for a run, as a rule: where that is too little, they take longer."""

OVERDUE_MS = 10 * 3_600_000
"""By then every run of an endless session is overdue, and an operator has given it up."""


class Weather(StrEnum):
    """How hostile a world is. CALM: no faults, but the SDK may repeat; the pace is checked."""

    CALM = "calm"
    STORM = "storm"
    GHOSTS = "ghosts"


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that is decided before a world begins. Times in ms.

    `keeps_urls`: whether sessions carry their callback URL; `urls_known`: whether the app has seen
    that before. `alters_urls`: whether they write it otherwise than it was sent; `keeps_ids`:
    whether they show the id of their submission; `shows_connections`: whether they show their
    connection by its name. `takes_markers`: whether a callback URL may name a host that nobody
    finds. `ahead`: how far Dataverse's clock is ahead, and `tells_time` whether its answers say so.
    `strangers`: when others make sessions that are like the app's.
    `callbacks`: whether the app has a public address. `ages`: whether the world
    goes on until its runs are removed, `retention` ms after their end. `rebound_at`: when every
    connection reference is bound to the first connection, whatever it stood for before.
    `returning`: wishes that come when retention does something in their lane, which may leave.
    `doomed`: wishes whose submissions are always answered 500, and make no session; `halts`: what
    operators pause. `poisonous`: wishes whose sessions fail each query that finds them, though they
    can be read alone; `endless`: wishes whose sessions never end by themselves; `spoilt`: wishes
    whose rows in the table cannot be read while there are faults. `listeners`: who subscribes.
    `user`: what Dataverse lets the app's user ask for, if it counts that; `submits_for` and
    `reads_for`: how long it works on a submission and on any other call, about. `hanging`: whose
    submissions take long.
    """

    seed: int
    weather: Weather
    instances: int
    lanes: int
    pace: Pace
    polling: Polling
    absent: int
    concurrency: int
    works_up_to: int
    wishes: tuple[Wish, ...]
    refused: tuple[str, ...]
    rates: Rates
    faults_end: int
    urls_known: bool
    keeps_urls: bool = True
    alters_urls: bool = False
    keeps_ids: bool = False
    shows_connections: bool = True
    takes_markers: bool = True
    ahead: int = 0
    tells_time: bool = True
    strangers: tuple[int, ...] = ()
    callbacks: bool = True
    outages: tuple[Outage, ...] = ()
    doomed: tuple[str, ...] = ()
    halts: tuple[Halt, ...] = ()
    poisonous: tuple[str, ...] = ()
    endless: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()
    retention: int = 30 * 24 * 3600 * 1000
    ages: bool = False
    returning: tuple[Wish, ...] = ()
    rebound_at: int | None = None
    user: UserLimits | None = None
    submits_for: int = 0
    reads_for: int = 0
    hanging: tuple[Hang, ...] = ()

    @property
    def settled_after(self) -> int:
        """How long after its claim nobody asks any more whether a submission made a session."""
        return self.pace.deadline + self.absent + 90_000

    @property
    def patience(self) -> int:
        """How long after the faults every run may take to be final (design, promise 3)."""
        slots = self.pace.deadline + self.pace.window + self.pace.margin
        rounds = 2 + 2 * len(self.wishes) // self.pace.limit
        hearing = 2 * self.works_up_to + 2 * self.polling.last + 2 * 60_000
        telling = REDELIVERY.patience + 3 * 60_000
        settled = self.settled_after + slots + rounds * self.pace.window
        losing = LOSSES_LIMIT * (self.settled_after + 60_000) + LATEST * len(LATER)
        held = LONGEST + 2 * LONGEST_REFUSED_MS + (OVERDUE_MS if self.endless else 0)
        held += UNREADABLE_MS if self.spoilt else 0
        held += self._allowed_after
        deciding = self.settled_after + 2 * self.polling.last + 180_000
        return (
            settled
            + hearing
            + telling
            + held
            + deciding
            + (losing if self.doomed else LATEST)
            + 180_000
        )

    @property
    def _allowed_after(self) -> int:
        """How long the user's allowance makes its calls take; a refusal may hold ten minutes."""
        if self.user is None:
            return 0
        calls = CALLS_A_RUN * (len(self.wishes) + len(self.returning))
        execution = calls * self.submits_for
        windows = max(calls / self.user.requests, execution / self.user.execution)
        return round((2 + windows) * self.user.window) + 2 * LONGEST

    def told(self) -> Iterator[str]:
        """Tell the scenario, a line for each decision, and the faults that can strike."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Rates):
                rates = {rate.name: getattr(value, rate.name) for rate in fields(value)}
                value = {name: round(rate, 4) for name, rate in rates.items() if rate}
            for line in value if each.name in _LISTS else (value,):
                yield f"{each.name}: {line}"

    def connection_of(self, kind: ConnectionType, name: str, now: int) -> str:
        """Give the connection that a name of this kind stands for by then."""
        if kind is not ConnectionType.REFERENCE:
            return name
        if self.rebound_at is not None and now >= self.rebound_at:
            return "connection-0"
        return name.replace("reference", "connection")

    def hangs(self, connection: str, now: int) -> Hang | None:
        """Say whether submissions of a connection hang now."""
        for hang in self.hanging:
            if connection == f"connection-{hang.lane}" and hang.begins <= now < hang.ends:
                return hang
        return None

    def kept(self, callback_url: str | None) -> str | None:
        """Give what a session shows for its callback URL."""
        if callback_url is None or not self.keeps_urls:
            return None
        return callback_url.replace("/api/", ":443/api/") if self.alters_urls else callback_url

    def shown(self, connection: str) -> str:
        """Give what a session shows for its connection."""
        return connection if self.shows_connections else f"id of {connection}"

    def refuses(self, token: str) -> bool:
        """Say whether Dataverse refuses every submission of this request."""
        return token.partition(".")[0] in self.refused

    def dooms(self, token: str) -> bool:
        """Say whether every submission of this request fails."""
        return token.partition(".")[0] in self.doomed

    def spoils(self, token: str) -> bool:
        """Say whether the row of this request's run cannot be read for a while."""
        return token.partition(".")[0] in self.spoilt

    def poisons(self, token: str) -> bool:
        """Say whether every query fails that finds a session of this request."""
        return token.partition(".")[0] in self.poisonous

    def fate(self, token: str, attempt: int) -> Fate:
        """Decide how a session ends: the same for the same request and attempt."""
        if token.partition(".")[0] in self.endless:
            return Fate(StatusCode.SUCCEEDED, None, 0, NEVER_MS)
        chance = random.Random(f"{self.seed}/{token}/{attempt}")
        code, error = chance.choices(_ENDINGS, _ENDING_WEIGHTS)[0]
        waits = round(chance.random() ** 3 * self.works_up_to / 2)
        works = round(chance.random() ** 2 * self.works_up_to)
        return Fate(code, error, waits, 0 if error == "NoCandidateMachine" else works)


_LISTS = ("wishes", "returning", "outages", "halts", "listeners", "hanging")
_ENDINGS = [
    (StatusCode.SUCCEEDED, None),
    (StatusCode.FAILED, "SomethingBroke"),
    (StatusCode.FAILED, "NoCandidateMachine"),
    (StatusCode.CANCELLED, None),
    (StatusCode.TIMED_OUT, None),
    (StatusCode.FAILED, "DesktopFlowsActionTimeout"),
    (StatusCode.ABORTED, None),
]
_ENDING_WEIGHTS = [80, 5, 6, 2, 2, 2, 3]

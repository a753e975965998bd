"""The engines: they wait for the ends of runs, and listen for them, at addresses of their own.

An engine asks again until it is answered; what it was answered it relies on.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.domain.run import FINAL, RunStatus
from shared.domain.run.notification import Delivery
from shared.domain.subscription import Subscription, SubscriptionRequest
from shared.storage.run_parts import waiters as waiters_of
from shared.triggers.provider import Services
from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.host import Host
from tests.simulation.scheduler import Scheduler
from tests.simulation.wishes import Listener, Wish

if TYPE_CHECKING:
    from shared.services.starting.wait import Awaited
    from tests.simulation.promises import Promises

GRACE_MS = 300_000
"""How long what was under way may still come to who has left: a process may have stood still."""

AWAY_EVERY = 4
"""Every such engine answers 410 at first: it is given up, and told when somebody asks for that."""

_ENGINES = "https://engine.example/"
_ASK_AGAIN_MS = (500, 15_000)


def address_of(name: str) -> str:
    """Give the address at which the engine of a wish or a listener is told."""
    return f"{_ENGINES}{name}?sig=hush"


@dataclass(slots=True)
class _Waiting:
    """A wait that was answered; `left_at`: when its leaving was."""

    wish: Wish
    run_id: str
    left_at: int | None = None


@dataclass(slots=True)
class _Listening:
    """A subscription, from its answer to the answer to its end."""

    listener: Listener
    answered_at: int
    name: str
    ended_at: int | None = None


@dataclass(slots=True)
class Engines:
    """`heard`: how often each address was told of each run; `_refused`: who answered for which."""

    scheduler: Scheduler
    chaos: Chaos
    history: History
    host: Host
    promises: Promises
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)
    _refused: set[tuple[str, str]] = field(default_factory=set)
    _waits: dict[str, _Waiting] = field(default_factory=dict)
    _listening: dict[str, _Listening] = field(default_factory=dict)

    def begin(self, listeners: tuple[Listener, ...]) -> None:
        for listener in listeners:
            self.scheduler.at(listener.begins, partial(self._subscribe, listener))

    @property
    def open(self) -> list[str]:
        """List who has not heard yet what he is to hear."""
        return [
            f"{name} of {run_id[-8:]}"
            for name, run_id in self._owed()
            if not self.heard[name, run_id]
        ]

    def check_rest(self) -> None:
        """Whoever waited or listened has heard of each end, but for those who left before it."""
        for untold in self.open:
            self.promises.breach(f"told: nobody told {untold}")

    def hear(self, url: str, body: dict[str, Any]) -> Delivery | None:
        """Take what is told at an engine's address; None if it is at none."""
        if not url.startswith(_ENGINES):
            return None
        name = url.removeprefix(_ENGINES).partition("?")[0]
        event = body.get("type") or f"run.{body['status'].lower()}"
        run_id = (body.get("data") or body)["runId"]
        if name in self._waits and self._is_away(name, run_id):
            self.history.tell("engine", f"{name} is away, and refuses {event} of {run_id[-8:]}")
            return Delivery("it answered 410", gone=True)
        self.history.tell("engine", f"{name} hears {event} of {run_id[-8:]}")
        self.promises.check_told(run_id, event)
        self.heard[name, run_id] += 1
        if self._left_long_ago(name):
            self.promises.breach(f"left: {name} is told of {run_id[-8:]}")
        return Delivery()

    def _is_away(self, name: str, run_id: str) -> bool:
        """Say whether an engine wants nothing for now: some do, the first time they are told."""
        first = (name, run_id) not in self._refused
        self._refused.add((name, run_id))
        return first and zlib.crc32(name.encode()) % AWAY_EVERY == 0

    def wait(self, wish: Wish, awaited: Awaited) -> None:
        """Note that the engine of a wish waits: it was answered."""
        if wish.name in self._waits:
            return
        self._waits[wish.name] = _Waiting(wish, awaited.run.id)
        if wish.leaves_after is not None:
            leave = partial(self._leave, wish.name, awaited.name)
            self.scheduler.after(wish.leaves_after, leave)

    def _owed(self) -> list[tuple[str, str]]:
        """List whom an end is to be told to, and the end of which run.

        Who leaves some day may do so before he was told: nobody owes him anything.
        """
        ended = self.promises.ended
        waits = [
            (name, wait.run_id)
            for name, wait in self._waits.items()
            if wait.run_id in ended and wait.wish.leaves_after is None
        ]
        listens = [
            (name, run_id)
            for name, each in self._listening.items()
            for run_id, at in ended.items()
            if each.listener.ends is None and each.answered_at <= at
            if not each.listener.successes or self._status(run_id) is RunStatus.SUCCEEDED
        ]
        return waits + listens

    def _left_long_ago(self, name: str) -> bool:
        """Say whether somebody left, and has not joined again since: a copy may come late."""
        if name in self._waits:
            wait = self._waits[name]
            waiters = waiters_of(self.promises.runs[wait.run_id].get("Waiters"))
            left_at = wait.left_at if all(each.left for each in waiters) else None
        else:
            left_at = self._listening[name].ended_at if name in self._listening else None
        return left_at is not None and self.scheduler.now > left_at + GRACE_MS

    def _status(self, run_id: str) -> RunStatus:
        return RunStatus(str(self.promises.runs[run_id]["Status"]))

    def _leave(self, name: str, wait: str) -> None:
        def done(_: object) -> None:
            waiting = self._waits[name]
            waiting.left_at = self.scheduler.now
            self._check_left(waiting)

        self._ask(f"{name} leaves", lambda services: services.leave_wait(wait), done)

    def _check_left(self, waiting: _Waiting) -> None:
        """Who asked for that has his run cancelled by his leaving, and nobody else has."""
        run = self.promises.runs[waiting.run_id]
        asked = "CancelRequestedAt" in run
        due = waiting.wish.cancels and RunStatus(str(run["Status"])) not in FINAL
        if due and not asked:
            self.promises.breach(f"cancelled: {waiting.run_id[-8:]} goes on, and nobody waits")
        if asked and not waiting.wish.cancels:
            self.promises.breach(f"cancelled: {waiting.run_id[-8:]}, and nobody asked for that")

    def _subscribe(self, listener: Listener) -> None:
        request = SubscriptionRequest(
            address_of(listener.name),
            statuses=(RunStatus.SUCCEEDED,) if listener.successes else (),
        )

        def done(answer: object) -> None:
            assert isinstance(answer, Subscription)
            now = self.scheduler.now
            listening = _Listening(listener, now, answer.name)
            self._listening[listener.name] = listening
            if listener.ends is not None:
                self.scheduler.at(max(now, listener.ends), partial(self._unsubscribe, listening))

        self._ask(f"{listener.name} subscribes", lambda services: services.subscribe(request), done)

    def _unsubscribe(self, listening: _Listening) -> None:
        def done(_: object) -> None:
            listening.ended_at = self.scheduler.now

        name = listening.listener.name
        self._ask(
            f"{name} unsubscribes", lambda services: services.unsubscribe(listening.name), done
        )

    def _ask(
        self, what: str, work: Callable[[Services], object], done: Callable[[object], None]
    ) -> None:
        """Ask until there is an answer; one may be lost, and what is asked then is asked again."""

        def again() -> None:
            wait = self.chaos.between(*_ASK_AGAIN_MS)
            self.scheduler.after(wait, partial(self._ask, what, work, done))

        def answered(answer: object) -> None:
            lost = self.chaos.strikes(self.chaos.rates.client_answer_lost)
            self.history.tell("engine", f"{what} -> {type(answer).__name__}, lost: {lost}")
            if lost or isinstance(answer, Exception):
                again()
            else:
                done(answer)

        if not self.host.call(work, answered, again):
            again()

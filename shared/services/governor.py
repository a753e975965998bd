"""The governor: how many calls of this process Dataverse's user has room for, over all lanes.

Every call to Dataverse is counted here (governed.py). Submissions ask before they claim; callbacks,
looks, cancellations and the catalog are only counted, and never wait. Nothing here waits either.
"""

import math
import threading
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from shared.dataverse.errors import (
    AnsweredError,
    AppRefusedError,
    NotSentError,
    ThrottledError,
)
from shared.domain.allowance import Allowance
from shared.domain.governor import Admission, Ended, Verdict
from shared.domain.pause import Pause, Why
from shared.domain.protection import Protection
from shared.services.governor_log import Rarely, tell_cut, tell_stop
from shared.services.ports import Clock

OLD_SECONDS = 10.0
"""A call older than this leaves the count: those that hang must not keep all others from going."""

LET_IN_SECONDS = 1.0
"""Dataverse refuses at once: a call that has lasted so long was let in, though no answer came."""

UNUSED_SECONDS = 30.0
"""After this, room that was taken is given back: its run was not to be sent, or somebody died."""

SOON_SECONDS = 0.05
"""When to ask again where an answer makes room, which may come at any moment."""


class Kind(StrEnum):
    """What a call is for."""

    SUBMISSION = "submission"
    LOOK = "look"
    CANCEL = "cancel"
    CATALOG = "catalog"


@dataclass(eq=False, slots=True)
class Begun:
    """A call under way; `at` in seconds that never go back.

    `widens`: whether its being let in is still to widen what may be under way: the width was in use
    when it began.
    """

    kind: Kind
    at: float
    widens: bool = False


@dataclass(slots=True)
class Governor:
    """Safe to use from several threads."""

    clock: Clock
    protection: Protection = field(default_factory=Protection)
    _admission: Admission = field(init=False)
    _calls: dict[Begun, None] = field(default_factory=dict, init=False)
    _granted: deque[float] = field(default_factory=deque, init=False)
    _told: Allowance | None = field(default=None, init=False)
    _waits_since: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _cuts: Rarely = field(default_factory=Rarely, init=False)
    _stops: Rarely = field(default_factory=Rarely, init=False)

    def __post_init__(self) -> None:
        self._admission = Admission.under(self.protection)

    def room(self) -> int:
        """Count the submissions that may begin now."""
        now = self.clock.monotonic()
        with self._lock:
            return self._room(now)

    def width(self) -> int:
        """Count the calls that may be under way in all, as far as is known by now."""
        with self._lock:
            return math.floor(self._admission.width.calls)

    def worth_claiming(self) -> int:
        """Tell for how many submissions there must be room to be worth a claim: 1 at the least.

        Where nothing is under way, no answer makes more room: one has to go.
        """
        now = self.clock.monotonic()
        with self._lock:
            under_way, _ = self._under_way(now)
            return max(1, self._admission.worth_claiming) if under_way else 1

    def take(self, most: int) -> int:
        """Take room for at most so many submissions, which begin soon; 0: ask again later.

        What does not begin within half a minute is given back by itself.
        """
        now = self.clock.monotonic()
        with self._lock:
            room = min(most, self._room(now))
            under_way, _ = self._under_way(now)
            if under_way and room < min(most, self._admission.worth_claiming):
                return 0
            if room:
                self._admission = self._admission.found_out(now)
            self._granted.extend([now] * room)
            return room

    def give_back(self, count: int) -> None:
        """Give back room that was taken, and that nothing will begin in."""
        with self._lock:
            for _ in range(min(count, len(self._granted))):
                self._granted.pop()

    def again_in(self) -> float:
        """Tell in how many seconds it makes sense to ask again, where there was no room."""
        now = self.clock.monotonic()
        with self._lock:
            until = self._admission.waits_until(now)
        return SOON_SECONDS if until is None else max(SOON_SECONDS, until - now)

    def pause(self) -> Pause | None:
        """Give the wait that no answer of this process shortens, for whoever asks why runs wait."""
        now, wall = self.clock.monotonic(), self.clock.now()
        with self._lock:
            admission = self._admission
            until = admission.waits_until(now)
            if until is None:
                return None
            self._waits_since = self._waits_since or wall
            since = self._waits_since
        return Pause(wall + math.ceil((until - now) * 1000), *_why(admission, now), since)

    def begin(self, kind: Kind) -> Begun:
        """Count a call that begins."""
        begun = Begun(kind, self.clock.monotonic())
        with self._lock:
            if kind is Kind.SUBMISSION and self._granted:
                self._granted.popleft()
            self._calls[begun] = None
            begun.widens = sum(self._under_way(begun.at)) * 2 >= self._admission.width.calls
        return begun

    def end(
        self, begun: Begun, error: BaseException | None = None, told: Allowance | None = None
    ) -> None:
        """Count a call that is over; `told`: what Dataverse said last that is left to its user."""
        now = self.clock.monotonic()
        with self._lock:
            before = self._admission
            under_way = sum(self._under_way(now))
            self._calls.pop(begun, None)
            news = told if told is not self._told else None
            self._told = told
            self._admission = before.ended(
                Ended(
                    begun.at,
                    now,
                    verdict_of(error),
                    max(1, under_way),
                    submission=begun.kind is Kind.SUBMISSION,
                    filled=begun.widens,
                    asked=error.retry_after if isinstance(error, ThrottledError) else None,
                    requests=None if news is None else news.remaining,
                    execution=None if news is None else news.seconds,
                )
            )
            after = self._admission
            if after.waits_until(now) is None:
                self._waits_since = 0
            cuts = self._cuts.due(now) if after.width.cut_at > before.width.cut_at else 0
            stops = self._stops.due(now) if after.stop and not before.stop else 0
        if cuts:
            tell_cut(after, cuts, under_way, error)
        if stops:
            tell_stop(after, stops, now)

    def _room(self, now: float) -> int:
        for call in self._calls:
            if call.widens and call.at <= now - LET_IN_SECONDS:
                call.widens = False
                self._admission = self._admission.let_in()
        return self._admission.room(now, *self._under_way(now))

    def _under_way(self, now: float) -> tuple[int, int]:
        """Count submissions, with those that are about to begin, and other calls under way."""
        since = now - OLD_SECONDS
        while self._granted and self._granted[0] <= now - UNUSED_SECONDS:
            self._granted.popleft()
        young = [call.kind is Kind.SUBMISSION for call in self._calls if call.at > since]
        submissions = sum(young)
        return submissions + len(self._granted), len(young) - submissions


def verdict_of(error: BaseException | None) -> Verdict:
    """Read from the end of a call what it tells of its user's limits."""
    if error is None:
        return Verdict.ANSWERED
    if isinstance(error, ThrottledError) and error.of_the_user:
        return Verdict.CROWDED if error.too_many_at_once else Verdict.REFUSED
    if isinstance(error, NotSentError):
        return Verdict.UNSENT
    if isinstance(error, AnsweredError) and not isinstance(error, AppRefusedError):
        return Verdict.ANSWERED
    return Verdict.UNKNOWN


def _why(admission: Admission, now: float) -> tuple[Why, str]:
    if now < admission.held_until:
        return Why.SERVICE_PROTECTION, "Dataverse had too many calls of the app's user at once."
    limits = admission.protection
    message = (
        f"Of what Dataverse lets the app's user do in {limits.window:.0f} s, a tenth is left: it"
        " is kept for callbacks and looks, and runs wait until more is."
    )
    return Why.AWAITS_ALLOWANCE, message

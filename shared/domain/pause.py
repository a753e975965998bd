"""Pauses: until when somebody waits, why, and how long the wait grows where it repeats.

Every wait has a reason that callers and operators are told, and a bound.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.domain.session import THROTTLED

SHORTEST = 1_000
LONGEST = 600_000
"""The shortest and the longest wait that another's word brings about, in ms."""

FOR_EVER = 253_402_300_799_000
"""The end of a pause that somebody has to end: no clock gets there (31 December 9999)."""


class Why(StrEnum):
    """Why somebody waits: codes for programs, beside a sentence for people."""

    NO_SLOT = "NoSlot"
    AWAITS_TURN = "AwaitsTurn"
    LATER_TURN = "LaterTurn"
    LANE_PAUSED = "LanePaused"
    NO_TOKEN = "NoToken"  # noqa: S105 - a code, not a secret
    UNREACHABLE = "Unreachable"
    THROTTLED = THROTTLED
    SERVICE_PROTECTION = "ServiceProtection"
    AWAITS_ALLOWANCE = "AwaitsAllowance"
    APP_UNAUTHORIZED = "AppUnauthorized"
    APP_NOT_MEMBER = "AppNotMember"
    APP_REFUSED = "AppRefused"
    AWAITS_ANSWER = "AwaitsAnswer"
    AWAITS_CONFIRMATION = "AwaitsConfirmation"
    AWAITS_OPERATOR = "AwaitsOperator"
    AWAITS_MACHINE = "AwaitsMachine"
    CANCELLING = "Cancelling"
    OVERDUE = "Overdue"


APP_REFUSALS = frozenset({Why.APP_UNAUTHORIZED, Why.APP_NOT_MEMBER, Why.APP_REFUSED})


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait for one reason; times in ms since the epoch. `since`: when the reason came up."""

    until: int = 0
    code: str = ""
    message: str = ""
    since: int = 0

    def holds(self, now: int) -> bool:
        return self.until > now

    @property
    def ends_at(self) -> int | None:
        """Tell when it ends; None if somebody has to end it."""
        return None if self.until >= FOR_EVER else self.until


NO_PAUSE = Pause()


def asked_ms(seconds: float | None) -> int:
    """Read how long another asks to be left alone, in ms within bounds; 0 where nothing is said."""
    if seconds is None or math.isnan(seconds):
        return 0
    return round(min(max(seconds * 1000, SHORTEST), LONGEST))


def growing(asked: int, times: int, *, first: int, last: int) -> int:
    """Choose a wait (ms) after so many in a row: what is asked for, or twice the last one."""
    grown = min(last, first << min(times, 20))
    return max(SHORTEST, grown, min(asked, LONGEST))


@dataclass(frozen=True, slots=True)
class Hold:
    """How a whole environment is left alone, by all lanes and instances.

    `times`: how often in a row Dataverse said so; 0: it minds nothing. `told_at`: when it last did,
    and `by_submission` whether a submission was told, so that no read is taken for its repair.
    `probing`: whether it holds only until one has found out.
    """

    pause: Pause = NO_PAUSE
    times: int = 0
    told_at: int = 0
    by_submission: bool = False
    probing: bool = False

    def holds(self, now: int) -> bool:
        """Say whether nothing is to be sent now; what a wrong clock has written does not count."""
        return self.pause.holds(now) and self.pause.until - now <= LONGEST + SHORTEST * 60

    @property
    def needs_a_probe(self) -> bool:
        """Say whether one run has to find out for all: Dataverse did not say until when."""
        return self.times > 0 and self.pause.code in APP_REFUSALS

    def told(self, pause: Pause, now: int, *, by_submission: bool) -> "Hold":
        """Hear once more; those who hear of it together count once, and the longest wait holds."""
        same = self.times > 0 and pause.code == self.pause.code
        pause = replace(pause, since=self.pause.since if same else pause.since)
        by_submission = by_submission or self.by_submission
        told = replace(self, told_at=now, by_submission=by_submission, probing=False)
        if self.probing or not self.holds(now):
            return replace(told, pause=pause, times=self.times + 1)
        if pause.until <= self.pause.until + SHORTEST:
            return self
        return replace(told, pause=pause)

    def probed(self, now: int, patience: int) -> "Hold":
        """Let one find out, and the others wait for it."""
        if self.holds(now) or not self.needs_a_probe:
            return self
        return replace(self, pause=replace(self.pause, until=now + patience), probing=True)

    def worked(self, sent_at: int, now: int, *, submission: bool) -> "Hold":
        """Note that what was sent at a time was done: it is over, unless it came up after that.

        Dataverse's word that it wants to be left alone holds whatever another of its servers does.
        """
        keeps_its_word = self.holds(now) and not self.needs_a_probe
        knows = submission or not self.by_submission
        over = self.times > 0 and knows and sent_at >= self.told_at and not keeps_its_word
        return Hold() if over else self

"""Holding back: until when a whole environment is left alone, by all lanes and instances.

Dataverse's service protection counts the app's user, and a refusal of the app itself concerns
whatever it asks for. So one answer of either kind is heard by all, submissions and looks; where
Dataverse does not say when to come again, one call finds out for all.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.dataverse.errors import AppRefusedError, DataverseError, ThrottledError
from shared.domain import pause
from shared.domain.pause import Pause, Why, asked_ms, growing
from shared.services.ports import Clock
from shared.storage.environment import EnvironmentTable
from shared.storage.table import StorageError
from shared.telemetry import event

UNSAID_MS = 10_000
"""How long nothing is sent where Dataverse does not say for how long; twice that the next time."""

REFUSED_MS = 2_000
LONGEST_REFUSED_MS = 60_000
"""How long the app waits that is refused, at first and at most, before one call asks again."""

FRESH_MS = 2_000
"""How long a process takes what it read for what holds, before it submits or hears a callback."""

PROBE_MS = 10_000
"""How long all others wait for the one call that finds out."""

BRIEF_MS = 5_000
"""Up to this, what Dataverse asks for after too many calls at once concerns the process alone."""

WaitError = ThrottledError | AppRefusedError


@dataclass(slots=True)
class EnvironmentHold:
    """It is kept in the table, and in this process, where it holds though it could not be kept."""

    environment: EnvironmentTable
    clock: Clock
    _known: pause.Hold = field(default_factory=pause.Hold, init=False)
    _kept: bool = field(default=True, init=False)
    _read_at: int | None = field(default=None, init=False)

    def holds(self) -> Pause | None:
        """Give the pause that holds now, by what this and other instances were told."""
        self._read()
        return self._pause()

    def held(self) -> Pause | None:
        """Give the pause that holds now, by what this process has read within two seconds."""
        self._read_if_old()
        return self._pause()

    def keeps(self) -> Pause | None:
        """Say whether a submission has to wait now; give that pause.

        Of all who ask when a refusal's pause is over, one may go: its run finds out for them
        (`finds_out`).
        """
        now = self.clock.now()
        self._read_if_old()
        if self._known.holds(now) or not self._known.needs_a_probe:
            return self._pause()
        return None if self._may_probe() else self._pause()

    @property
    def finds_out(self) -> bool:
        """Say whether whoever goes now goes alone, to find out for all."""
        return self._known.needs_a_probe

    def obey(self, error: WaitError, *, by_submission: bool = False) -> Pause:
        """Hold for as long as Dataverse asks, or longer each time, for all instances.

        Too many calls at once are another matter, unless a long wait is asked for: the governor has
        fewer of them, and nobody waits but who was refused.
        """
        if is_brief(error):
            return self._pause_of(error, 0)

        def step(known: pause.Hold) -> pause.Hold:
            told = self._pause_of(error, known.times)
            return known.told(told, self.clock.now(), by_submission=by_submission)

        if step(self._known) != self._known:  # else this process has heard of it
            before = self._change(step)
            if before.times == 0 or before.pause.code != self._known.pause.code:
                self._tell(error)
        return self._known.pause

    def worked(self, sent_at: int, *, submission: bool = False) -> None:
        """Note that a call that was sent then was carried out: whatever held is over."""

        def step(known: pause.Hold) -> pause.Hold:
            return known.worked(sent_at, self.clock.now(), submission=submission)

        if step(self._known) != self._known:
            before = self._change(step)
            if before.times and not self._known.times:
                event("environment.accepted", code=before.pause.code)

    def _may_probe(self) -> bool:
        mine = False

        def step(known: pause.Hold) -> pause.Hold:
            nonlocal mine
            after = known.probed(self.clock.now(), PROBE_MS)
            mine = after != known or known.times == 0
            return after

        self._change(step)
        return mine

    def _pause(self) -> Pause | None:
        return self._known.pause if self._known.holds(self.clock.now()) else None

    def _pause_of(self, error: WaitError, times: int) -> Pause:
        now = self.clock.now()
        if isinstance(error, AppRefusedError):
            wait = growing(0, times, first=REFUSED_MS, last=LONGEST_REFUSED_MS)
            return Pause(now + wait, error.why, str(error), now)
        asked = asked_ms(error.retry_after)
        unsaid = pause.SHORTEST if asked or error.too_many_at_once else UNSAID_MS
        wait = growing(asked, times, first=unsaid, last=pause.LONGEST)
        return Pause(now + wait, Why.SERVICE_PROTECTION, str(error), now)

    def _read_if_old(self) -> None:
        if self._read_at is None or not 0 <= self.clock.now() - self._read_at < FRESH_MS:
            self._read()

    def _read(self) -> None:
        now = self.clock.now()
        try:
            found = self.environment.hold()
        except StorageError as error:
            event("environment.hold_unknown", level=logging.WARNING, reason=str(error))
            return
        self._read_at = now
        if self._kept or not self._known.holds(now):
            self._known, self._kept = found, True

    def _change(self, step: Callable[[pause.Hold], pause.Hold]) -> pause.Hold:
        """Change what holds, and give what held before."""
        before = self._known

        def noting(known: pause.Hold) -> pause.Hold:
            nonlocal before
            before = known
            return step(known)

        try:
            self._known = self.environment.change_hold(noting)
            self._read_at, self._kept = self.clock.now(), True
        except StorageError as error:
            before, self._known, self._kept = self._known, step(self._known), False
            event("environment.hold_not_kept", level=logging.WARNING, reason=str(error))
        return before

    def _tell(self, error: WaitError) -> None:
        refused = isinstance(error, AppRefusedError)
        event(
            "environment.refused" if refused else "environment.throttled",
            level=logging.WARNING,
            code=self._known.pause.code,
            until=self._known.pause.until,
            reason=str(error),
        )


def is_brief(error: DataverseError) -> bool:
    """Say whether a call was one too many at once, and no more than that: it fails alone."""
    if not isinstance(error, ThrottledError) or not error.too_many_at_once:
        return False
    return asked_ms(error.retry_after) <= BRIEF_MS

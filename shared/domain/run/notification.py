"""Notifications: a run's end told by a POST to the address that its start named."""

from dataclasses import dataclass, replace

from shared.domain.instants import DAY_MS

_SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Notification:
    """What became of telling the receiver so far. Times in ms since the epoch.

    `due_at`: no attempt is made before. `error`: why the last attempt failed. `retried_at`: when
    somebody asked last for it to be told again that was given up, and `earlier` how many attempts
    there had been by then.
    """

    due_at: int
    attempts: int = 0
    delivered_at: int | None = None
    given_up_at: int | None = None
    error: str | None = None
    retried_at: int | None = None
    earlier: int = 0

    @property
    def pending(self) -> bool:
        return self.delivered_at is None and self.given_up_at is None

    def retried(self, at: int) -> "Notification":
        """Begin anew with what was given up; what was not stays as it is."""
        if self.given_up_at is None:
            return self
        return replace(self, due_at=at, given_up_at=None, retried_at=at, earlier=self.attempts)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one attempt; `error` is None if the receiver has it.

    `answered`: whether anything came back. `gone`: the receiver wants nothing more (410).
    `retry_after`: the ms that it asks for.
    """

    error: str | None = None
    answered: bool = True
    gone: bool = False
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Redelivery:
    """When to try again after failures, in ms: `waits` one after the other, the last for ever.

    Given up once `patience` has passed since the run ended.
    """

    waits: tuple[int, ...]
    patience: int

    def next_at(self, ended_at: int, attempts: int, at: int, asked: int = 0) -> int | None:
        """Tell when to try after `attempts` that failed, the last `at`; None: no more.

        The last try of all is at the end of the patience; `asked`: the wait the receiver asks for.
        """
        ends = ended_at + self.patience
        if at >= ends:
            return None
        wait = self.waits[min(attempts, len(self.waits)) - 1]
        return min(at + max(wait, asked), ends)


REDELIVERY = Redelivery(
    waits=tuple(
        seconds * _SECOND_MS for seconds in (5, 60, 300, 1_800, 3_600, 7_200, 10_800, 14_400)
    ),
    patience=DAY_MS,
)
"""Soon at first, then up to four hours apart, for a day."""

ENGINE_REDELIVERY = Redelivery(waits=REDELIVERY.waits, patience=3 * DAY_MS)
"""The same for three days: an engine's flow waits, and may wait over a weekend."""

"""Engines that wait for a run's end: who they are, as far as that may be told, and who was told."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.domain.destinations import host_of
from shared.domain.run import Run
from shared.domain.run.notification import Notification
from shared.domain.run.waiter import Waiter, WaitStatus
from shared.storage.waiters import StoredWaiter, WaiterTable


@dataclass(frozen=True, slots=True)
class WaitingEngine:
    """`host`: of its address, all else of which may be secret; None where that cannot be read."""

    host: str | None
    status: WaitStatus
    telling: Notification


@dataclass(frozen=True, slots=True)
class ReadEngines:
    """Reads who waits for a run: one request, and none where nobody does."""

    waiters: WaiterTable

    def __call__(self, run: Run) -> tuple[WaitingEngine, ...]:
        """Tell of each, in the order of their coming; raises StorageUnavailableError."""
        return tuple(self._engines(run)) if run.waiters else ()

    def _engines(self, run: Run) -> Iterator[WaitingEngine]:
        found = {each.key: each for each in self.waiters.of(run.id)}
        for each in run.waiters:
            stored = found.get(each.key)
            yield WaitingEngine(
                host_of(stored.url) or None if stored else None,
                _status(run, each, stored),
                _telling(run, stored),
            )


def _status(run: Run, waiter: Waiter, stored: StoredWaiter | None) -> WaitStatus:
    """Say how it stands; an engine that was told leaves after that, as a rule."""
    if stored is not None and stored.telling.delivered_at is not None:
        return WaitStatus.DELIVERED
    if waiter.left:
        return WaitStatus.LEFT
    if not run.final:
        return WaitStatus.WAITING
    return WaitStatus.GIVEN_UP if waiter.given_up else WaitStatus.PENDING


def _telling(run: Run, stored: StoredWaiter | None) -> Notification:
    """Give what came of telling it; before the run's end no attempt is due."""
    ended_at = run.ended_at or run.changed_at
    telling = Notification(ended_at) if stored is None else stored.telling
    return replace(telling, due_at=max(telling.due_at, ended_at))

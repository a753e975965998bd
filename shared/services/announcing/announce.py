"""Announcing a run's end: its completion event goes to a queue, and whoever is to hear is told.

The transaction that ends a run leaves a look at it (`watch_at`), which goes when all is told: so
whoever dies in between is followed by the sweep, and each event is published at least once. What is
sent for those who wait or listen is a message each, and all the rest is up to that (deliver.py).
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from shared import tracing
from shared.domain.identifiers import lane_of
from shared.domain.run import Run
from shared.domain.run.announcements import announced, given_up
from shared.domain.run.completion_event import event_text, needs_operator_text
from shared.domain.run.delivery_request import DeliveryRequest
from shared.domain.run.undecided import operator_told
from shared.domain.run.waiter import Waiter
from shared.domain.run.waiters import waiter_of
from shared.services.announcing.subscribers import Subscribers
from shared.services.ports import Clock, Outbox
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import StorageError, StorageUnavailableError
from shared.telemetry import event

QUIET_SECONDS = 30.0
"""After a failure nothing is announced at once for so long: callbacks are not to wait for it."""

AT_ONCE = 5
"""For how many subscriptions whoever ends a run sends the messages; for more, one sends them."""


class TellsTheIndex(Protocol):
    """Says whether the index knows now; raises nothing."""

    def ended(self, run: Run) -> bool: ...

    def needs_operator(self, run: Run) -> bool: ...


@dataclass(frozen=True, slots=True)
class Announce:
    """`events`: the queue that everybody may read; `notifications`: asks for a POST each.

    `index`: by which runs of all lanes are listed. It is told until it knows, and where it cannot
    be told, all others are.
    """

    runs: RunTable
    events: Outbox
    notifications: Outbox
    subscribers: Subscribers
    index: TellsTheIndex
    clock: Clock
    _quiet_until: list[float] = field(default_factory=lambda: [0.0])

    def at_once(self, stored: StoredRun) -> None:
        """Announce a run that has ended; what fails is told, and left to the next sweep.

        After a failure of a queue nothing is, for a while: somebody has waited in vain for it. What
        fails of one run alone says nothing of others.
        """
        if self.quiet:
            return
        try:
            self(stored)
        except StorageError as error:
            self._not_yet(stored, error)

    def _not_yet(self, stored: StoredRun, error: StorageError) -> None:
        if isinstance(error, _QueueUnavailableError):
            self._quiet_until[0] = self.clock.monotonic() + QUIET_SECONDS
        event(
            "run.not_announced_yet",
            level=logging.WARNING,
            run_id=stored.run.id,
            reason=str(error),
        )

    def needs_operator(self, stored: StoredRun) -> None:
        """Tell that somebody has to decide about a run, once each time; what fails waits.

        The next look at the run comes here again.
        """
        if stored.run.operator_told_at is not None or stored.run.needs_operator_at is None:
            return
        at, indexed = self.clock.now(), self.index.needs_operator(stored.run)
        if self.quiet:
            return
        try:
            _send(self.events, needs_operator_text(stored.run))
            if indexed:
                self.runs.change(stored, lambda run: operator_told(run, at=at))
        except StorageError as error:
            self._not_yet(stored, error)

    @property
    def quiet(self) -> bool:
        """Say whether queues failed lately."""
        return self.clock.monotonic() < self._quiet_until[0]

    def __call__(self, stored: StoredRun) -> None:
        """Tell what is left to tell of a final run; raises StorageUnavailableError."""
        run, at = stored.run, self.clock.now()
        if not run.final or run.watch_at is None:
            return
        indexed = run.indexed_at is None and self.index.ended(run)

        def step(now: Run) -> Run:
            # It may have been given up meanwhile, which the index does not know then.
            knows = indexed and given_up(now) == given_up(run)
            heard = [each.key for each in waiting if _is_same(waiter_of(now, each.key), each)]
            return announced(now, at=at, told=heard, indexed=knows)

        if run.published_at is None:
            kind = tracing.Kind.PRODUCER
            with tracing.span("run.announce", of=run.trace, kind=kind, run_id=run.id):
                listening = self._listening(run)
                _send(self.events, event_text(run))
                self._ask(listening)
            event("run.announced", run_id=run.id, lane=lane_of(run.id), status=run.status.value)
        pending = run.pending_notification
        if pending is not None and pending.due_at <= at:
            _send(self.notifications, run.id)
        waiting = [each for each in run.waiters if each.key in run.untold_waiters]
        self._ask(
            DeliveryRequest(run.id, waiter=each.key, attempts=each.earlier) for each in waiting
        )
        self.runs.change(stored, step)

    def _listening(self, run: Run) -> list[DeliveryRequest]:
        """Name those who listen for this end, or, where they are many, all of them together."""
        found = self.subscribers.of(run)
        if len(found) > AT_ONCE:
            return [DeliveryRequest(run.id)]
        return [DeliveryRequest(run.id, subscription=each.id) for each in found]

    def _ask(self, requests: Iterable[DeliveryRequest]) -> None:
        for request in requests:
            _send(self.notifications, request.text)


def _is_same(now: Waiter | None, asked_for: Waiter) -> bool:
    """Say whether a message still has somebody told: he may be to be told again since."""
    return now is not None and now.earlier == asked_for.earlier


class _QueueUnavailableError(StorageUnavailableError):
    """A queue cannot be reached, whatever it is sent."""


def _send(queue: Outbox, text: str) -> None:
    try:
        queue.send(text)
    except StorageUnavailableError as error:
        raise _QueueUnavailableError(str(error)) from error

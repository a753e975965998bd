"""Delivering: a message asks for an attempt to tell one who waits or listens of a run's end."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shared.domain.run import Run
from shared.domain.run.completion_event import event_text
from shared.domain.run.delivery_request import DeliveryRequest
from shared.domain.run.notification import Notification
from shared.domain.run.waiters import waiter_of
from shared.domain.subscription import Subscription
from shared.services.announcing.attempt import Attempt, Tried
from shared.services.announcing.delivering import delivering, tell_delivered
from shared.services.announcing.subscribers import Subscribers
from shared.services.reading.ending import Ending, NotYetReadableError, ReadEnding
from shared.storage.runs import RunTable, StoredRun
from shared.storage.subscriptions import StoredSubscription, SubscriptionTable
from shared.storage.table import StorageError
from shared.storage.waiters import StoredWaiter, WaiterTable
from shared.telemetry import event

NOTED_MS = 60_000
"""How often it is noted of a subscription that all is well, or that it fails as before."""

PATIENCE_SHARE = 23 / 24
"""How long a subscription fails before it is removed, of the time for which an end is told.

It failed first somewhat after the end whose last attempt this is.
"""

STORIES = 3
"""A failure so much later than the one before it, as a share of the patience, is another story."""

OUTPUTS_SECONDS = (5.0, 300.0)
"""After how long outputs that cannot be read are asked for again: sooner soon after the end."""

Write = Callable[[Ending], str]
"""Writes an ending as the text that those who wait are told."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Every message may come twice: who has been told may be told again, and nobody is left out."""

    runs: RunTable
    waiters: WaiterTable
    subscriptions: SubscriptionTable
    subscribers: Subscribers
    ending: ReadEnding
    attempt: Attempt

    def __call__(self, request: DeliveryRequest, write: Write) -> None:
        """Make the attempt that a message asks for; raises StorageUnavailableError.

        `write`: how an ending is told to those who wait.
        """
        stored = self.runs.read(request.run_id)
        if stored is None or not stored.run.final:
            event("delivery.ignored", level=logging.WARNING, run_id=request.run_id)
        elif request.waiter is not None:
            self._to_waiter(request, stored, request.waiter, write)
        elif request.subscription is not None:
            self._to_subscription(request, stored.run, request.subscription)
        else:
            self._to_all(stored.run)

    def _to_all(self, run: Run) -> None:
        """Have each subscription told that this end is for; done twice, each is told twice."""
        for each in self.subscribers.now_of(run):
            self.attempt.ask_later(DeliveryRequest(run.id, subscription=each.id), 0)

    def _to_waiter(
        self, request: DeliveryRequest, stored: StoredRun, key: str, write: Write
    ) -> None:
        waits = waiter_of(stored.run, key)
        waiter = self.waiters.read(stored.run.id, key)
        if waits is None or waits.left or waiter is None or not waiter.telling.pending:
            return
        if request.attempts < waiter.telling.attempts:
            return  # another message was sent for the attempt that is due
        telling = waiter.telling
        since = max(waiter.joined_at, stored.run.ended_at or 0, telling.retried_at or 0)
        if self.attempt.put_off(request, waiter.url, since):
            return
        try:
            ending = self.ending.of(stored)
        except NotYetReadableError as error:
            self._wait_for_outputs(request, stored.run, str(error))
            return
        with delivering(stored.run, "waiter", request.attempts + 1) as span:
            tried = self.attempt(
                request, waiter.url, write(ending), since=since, earlier=telling.earlier
            )
            tell_delivered(span, "waiter", tried.delivery)
        after = _after(waiter, request, tried)
        if tried.given_up:  # no other message would come again to what could not be noted
            self.waiters.given_up(stored, waiter, after, at=tried.at)
            return
        with _noting(request):
            self.waiters.told(waiter, after)

    def _wait_for_outputs(self, request: DeliveryRequest, run: Run, reason: str) -> None:
        age = (self.attempt.clock.now() - (run.ended_at or 0)) / 1000
        least, most = OUTPUTS_SECONDS
        self.attempt.ask_later(request, min(max(age, least), most))
        event("delivery.awaits_outputs", run_id=run.id, waiter=request.waiter, reason=reason)

    def _to_subscription(self, request: DeliveryRequest, run: Run, subscription_id: str) -> None:
        stored = self.subscriptions.read(subscription_id)
        if stored is None:
            return  # nobody listens any more
        url, since = stored.subscription.request.url, run.ended_at or run.changed_at
        if self.attempt.put_off(request, url, since):
            return
        with delivering(run, "subscription", request.attempts + 1) as span:
            tried = self.attempt(request, url, event_text(run), since=since)
            tell_delivered(span, "subscription", tried.delivery)
        with _noting(request):
            self._note(stored, tried)

    def _note(self, stored: StoredSubscription, tried: Tried) -> None:
        """Note how a subscription does; one that is gone, or fails for days, is removed.

        If it has changed meanwhile, somebody else has noted how it does, or has subscribed anew.
        """
        before, error = stored.subscription, tried.delivery.error
        if error is None:
            if before.failing_since is not None or _old(before.last_success_at, tried.at):
                self.subscriptions.replace(stored, _well(before, tried.at))
            return
        since = tried.at if before.failing_since is None else before.failing_since
        if not _steady(before.last_failure_at, tried.at, self.attempt.redelivery.patience):
            since = tried.at  # it was well meanwhile, though nobody could note that
        patience = self.attempt.redelivery.patience * PATIENCE_SHARE
        if tried.delivery.gone or tried.at - since >= patience:
            if self.subscriptions.remove(stored):
                event(
                    "subscription.removed",
                    level=logging.WARNING,
                    subscription=before.id,
                    reason=error,
                )
        elif before.failing_since != since or _old(before.last_failure_at, tried.at):
            failing = replace(before, failing_since=since, last_failure_at=tried.at, error=error)
            self.subscriptions.replace(stored, failing)


@contextmanager
def _noting(request: DeliveryRequest) -> Iterator[None]:
    """Do without a note that cannot be written: the messages tell what is left to do.

    If it failed the message, the attempt would be made once more, and so would all that follow it.
    """
    try:
        yield
    except StorageError as error:
        event("delivery.not_noted", run_id=request.run_id, reason=str(error))


def _after(waiter: StoredWaiter, request: DeliveryRequest, tried: Tried) -> Notification:
    """Say what became of telling somebody who waits."""
    delivered = tried.delivery.error is None
    return replace(
        waiter.telling,
        attempts=request.attempts + 1,
        due_at=waiter.telling.due_at if tried.again_at is None else tried.again_at,
        delivered_at=tried.at if delivered else None,
        given_up_at=tried.at if tried.given_up else None,
        error=tried.delivery.error,
    )


def _well(subscription: Subscription, at: int) -> Subscription:
    return replace(subscription, last_success_at=at, failing_since=None, error=None)


def _steady(noted_at: int | None, at: int, patience: int) -> bool:
    """Say whether a failure goes on that was noted last then: it is tried again before that."""
    return noted_at is not None and at - noted_at < patience // STORIES


def _old(noted_at: int | None, at: int) -> bool:
    return noted_at is None or at - noted_at >= NOTED_MS

"""The steps after a run's end: its completion event published, its receiver notified.

A run that has ended is looked at (`watch_at`) until both are done, all who wait for it are told,
and the index of runs says so, too; then nobody looks any more. As all steps, each changes nothing
when it is taken twice or too late.
"""

from collections.abc import Collection
from dataclasses import replace

from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.notification import Delivery, Notification, Redelivery
from shared.domain.run.states import decided
from shared.domain.run.waiter import Waiter

ANNOUNCED_WITHIN = 30_000
"""How long whoever ended a run has to announce it before the sweep does, in ms."""

UNDER_WAY = 120_000
"""How long a message that asks for a notification is taken to be under way, in ms."""


def end(run: Run, status: RunStatus, *, at: int, error: RunError | None = None) -> Run:
    """Give a run its final state; what is left to do is to tell of it.

    It is completed when its robot was done; where no robot's end is known, with its own end.
    """
    notify = run.request.notify_url is not None
    return replace(
        decided(run),
        status=status,
        error=error,
        ended_at=at,
        completed_at=at if run.completed_at is None else run.completed_at,
        changed_at=at,
        notification=Notification(due_at=at) if notify else None,
        watch_at=at + ANNOUNCED_WITHIN,
    )


def announced(run: Run, *, at: int, told: Collection[str] = (), indexed: bool = True) -> Run:
    """Note that the event was published, and a message sent for each of those who are to hear.

    That is the notification, if it is due, and the waiters whose keys are `told`. Where the index
    could not be told (not `indexed`), somebody looks again.
    """
    if not run.final or run.watch_at is None:
        return run
    waiters = tuple(replace(each, told=each.told or each.key in told) for each in run.waiters)
    indexed_at = run.indexed_at or (at if indexed else None)
    run = replace(run, published_at=run.published_at or at, waiters=waiters, indexed_at=indexed_at)
    pending, looks = run.pending_notification, list[int]()
    if pending is not None:
        looks.append(at + UNDER_WAY if pending.due_at <= at else pending.due_at)
    if run.untold_waiters or run.indexed_at is None:  # they joined meanwhile
        looks.append(at + ANNOUNCED_WITHIN)
    return replace(run, watch_at=min(looks, default=None))


def tell_again(run: Run, *, at: int) -> Run:
    """Have all told that were given up, as if the run had ended now; somebody looks soon.

    The index is to say that, too.
    """
    if not given_up(run):
        return run
    soon = at + ANNOUNCED_WITHIN
    return replace(
        run,
        notification=run.notification.retried(at) if run.notification else None,
        waiters=tuple(map(_anew, run.waiters)),
        indexed_at=None,
        watch_at=soon if run.watch_at is None else min(run.watch_at, soon),
    )


def _anew(waiter: Waiter) -> Waiter:
    if not waiter.given_up or waiter.given_up_after is None:
        return waiter
    return replace(waiter, told=False, given_up_after=None, earlier=waiter.given_up_after)


def told_again(run: Run) -> bool:
    """Say whether somebody had the end told again, to any who are to hear of it."""
    notification = run.notification
    receiver = notification is not None and notification.retried_at is not None
    return receiver or any(each.earlier and not each.left for each in run.waiters)


def given_up(run: Run) -> bool:
    """Say whether nobody tries any more to tell somebody of the run's end who is to hear of it."""
    notification = run.notification
    receiver = notification is not None and notification.given_up_at is not None
    return receiver or any(each.given_up for each in run.waiters)


def notified(
    run: Run, attempts: int, delivery: Delivery, *, at: int, redelivery: Redelivery
) -> Run:
    """Record an attempt, made when there had been so many `attempts`.

    That it was the last, and failed, is a thing for the index: somebody looks at the run for that.
    """
    pending = run.pending_notification
    if pending is None or pending.attempts != attempts:
        return run
    after = replace(pending, attempts=attempts + 1, error=delivery.error)
    again = None
    if delivery.error is None:
        after = replace(after, delivered_at=at)
    else:
        if not delivery.gone:
            since = pending.retried_at or run.ended_at or run.changed_at
            tries = after.attempts - after.earlier
            again = redelivery.next_at(since, tries, at, delivery.retry_after)
        after = replace(after, given_up_at=at) if again is None else replace(after, due_at=again)
    more_to_tell = run.published_at is None or bool(run.untold_waiters) or run.indexed_at is None
    watch_at = run.watch_at if more_to_tell else again
    run = replace(run, notification=after)
    if after.given_up_at is not None:
        soon = at + ANNOUNCED_WITHIN
        watch_at = soon if watch_at is None else min(watch_at, soon)
        run = replace(run, indexed_at=None)
    return replace(run, watch_at=watch_at)

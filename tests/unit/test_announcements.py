"""After its end a run is looked at until its event is published and its receiver has heard."""

from dataclasses import replace
from itertools import pairwise

import pytest

from shared.domain.instants import DAY_MS
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import (
    ANNOUNCED_WITHIN,
    UNDER_WAY,
    announced,
    end,
    notified,
)
from shared.domain.run.notification import REDELIVERY, Delivery, Redelivery
from tests.support.runs import NOW, REQUEST, running

LATER = NOW + 1_000
HEARD, FAILED = Delivery(), Delivery("it answered 500")


def ended(url: str | None = None) -> Run:
    return end(running(request=replace(REQUEST, notify_url=url)), RunStatus.SUCCEEDED, at=NOW)


def to_notify() -> Run:
    return announced(ended("https://receiver.example.org"), at=LATER)


def attempt(run: Run, delivery: Delivery, *, at: int = LATER, attempts: int | None = None) -> Run:
    made = run.notification.attempts if attempts is None and run.notification else attempts or 0
    return notified(run, made, delivery, at=at, redelivery=REDELIVERY)


def test_a_run_that_has_ended_is_looked_at_once_more() -> None:
    """Whoever ended it may die before the event is published: the sweep does it then."""
    assert ended().watch_at == NOW + ANNOUNCED_WITHIN


def test_with_nobody_to_notify_the_published_event_is_all() -> None:
    run = announced(ended(), at=LATER)
    assert (run.published_at, run.watch_at, run.notification) == (LATER, None, None)


def test_a_receiver_is_waited_for() -> None:
    run = to_notify()
    assert run.published_at == LATER
    assert run.watch_at == LATER + UNDER_WAY
    assert run.pending_notification == run.notification


def test_what_was_announced_once_is_not_announced_anew() -> None:
    assert announced(announced(ended(), at=LATER), at=LATER + 1).published_at == LATER


def test_somebody_looks_again_until_the_index_knows() -> None:
    run = announced(ended(), at=LATER, indexed=False)
    assert (run.published_at, run.indexed_at) == (LATER, None)
    assert run.watch_at == LATER + ANNOUNCED_WITHIN
    run = announced(run, at=LATER + ANNOUNCED_WITHIN)
    assert (run.published_at, run.watch_at) == (LATER, None)
    assert run.indexed_at == LATER + ANNOUNCED_WITHIN


def test_an_attempt_takes_no_look_away_that_is_for_the_index() -> None:
    run = announced(ended("https://receiver.example.org"), at=LATER, indexed=False)
    assert attempt(run, HEARD).watch_at == LATER + ANNOUNCED_WITHIN


def test_a_receiver_that_has_heard_is_left_alone() -> None:
    run = attempt(to_notify(), HEARD)
    assert run.notification is not None
    assert run.notification.delivered_at == LATER
    assert run.watch_at is None
    assert attempt(run, FAILED) is run


def test_a_failure_is_followed_by_another_attempt() -> None:
    run = attempt(to_notify(), FAILED)
    assert run.notification is not None
    assert (run.notification.attempts, run.notification.error) == (1, "it answered 500")
    assert run.watch_at == run.notification.due_at == LATER + REDELIVERY.waits[0]
    assert announced(run, at=LATER + 1).watch_at == run.watch_at, "not before it is due"


def test_an_attempt_is_counted_once() -> None:
    run = attempt(to_notify(), FAILED)
    assert attempt(run, FAILED, attempts=0) is run


def test_a_receiver_that_is_gone_is_given_up() -> None:
    run = attempt(to_notify(), Delivery("it answered 410", gone=True))
    assert run.notification is not None
    assert run.notification.given_up_at == LATER
    assert (run.watch_at, run.indexed_at) == (LATER + ANNOUNCED_WITHIN, None), "the index hears"
    assert announced(run, at=LATER + 1).watch_at is None


def test_an_event_that_is_not_published_yet_still_is() -> None:
    """Its queue may be down while the receiver is not."""
    run = ended("https://receiver.example.org")
    assert attempt(run, HEARD).watch_at == run.watch_at
    assert attempt(run, FAILED).watch_at == run.watch_at
    assert announced(attempt(run, HEARD), at=LATER).watch_at is None


def test_attempts_go_on_for_a_day_and_no_longer() -> None:
    run, attempts, at = to_notify(), [], LATER
    while run.notification and run.notification.pending:
        attempts.append(at - NOW)
        run = attempt(run, FAILED, at=at)
        at = run.notification.due_at if run.notification else 0
    assert attempts[-1] == DAY_MS
    assert len(attempts) == 13
    assert announced(run, at=at).watch_at is None, "once the index has it"
    gaps = [later - sooner for sooner, later in pairwise(attempts)]
    assert gaps[:-1] == sorted(gaps[:-1])
    assert max(gaps) == 4 * 3600 * 1000


@pytest.mark.parametrize(("asked", "wait"), [(0, 10), (5, 10), (25, 25), (10_000, 95)])
def test_the_wait_a_receiver_asks_for_is_kept_within_the_patience(asked: int, wait: int) -> None:
    redelivery = Redelivery(waits=(10,), patience=100)
    assert redelivery.next_at(0, 1, 5, asked) == 5 + wait

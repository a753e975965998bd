"""Whom an end is told to: everybody who was answered before it, by as few readings as it takes."""

from __future__ import annotations

import pytest

from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.subscription import Subscription, SubscriptionRequest
from shared.services.announcing.subscribers import FRESH_SECONDS, SETTLE_SECONDS, Subscribers
from shared.storage.subscriptions import SubscriptionTable
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.runs import NOW, running

ENDED = end(running(), RunStatus.SUCCEEDED, at=NOW)


class CountedTable(SubscriptionTable):
    """Counts how often all subscriptions are read."""

    reads = 0

    def all(self) -> list[Subscription]:
        self.reads += 1
        return super().all()


@pytest.fixture
def table() -> CountedTable:
    return CountedTable(SimulatedTable(), "org.crm.dynamics.com")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def subscribers(table: CountedTable, clock: HandClock) -> Subscribers:
    return Subscribers(table, clock)


def subscribe(table: CountedTable, *statuses: RunStatus) -> str:
    request = SubscriptionRequest("https://engine.example.org", statuses=statuses)
    table.add(Subscription(request, "0" * 16, NOW))
    return request.id


def ids(subscribers: Subscribers, run: Run = ENDED) -> list[str]:
    return [each.id for each in subscribers.of(run)]


def test_those_are_told_whose_filters_let_the_end_through(
    table: CountedTable, subscribers: Subscribers
) -> None:
    wants = subscribe(table, RunStatus.SUCCEEDED)
    subscribe(table, RunStatus.FAILED)
    assert ids(subscribers) == [wants]
    assert [each.id for each in subscribers.now_of(ENDED)] == [wants]


def test_many_ends_cost_one_reading(
    table: CountedTable, subscribers: Subscribers, clock: HandClock
) -> None:
    for _ in range(100):
        ids(subscribers)
        clock.seconds += FRESH_SECONDS / 200
    assert table.reads == 1


def test_whoever_was_answered_is_in_every_list_that_is_used_after_that(
    table: CountedTable, subscribers: Subscribers, clock: HandClock
) -> None:
    """It was read the moment before he came, and is as old as may be when the run ends."""
    ids(subscribers)
    clock.seconds += 0.001
    subscribed = subscribe(table)
    clock.seconds += SETTLE_SECONDS
    assert ids(subscribers) == [subscribed]


def test_a_reading_is_as_old_as_its_beginning(
    table: CountedTable, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have taken long, or the process have stood still in it."""

    def slow(self: CountedTable) -> list[Subscription]:
        found = original(self)
        clock.seconds += 10 * FRESH_SECONDS
        return found

    original = CountedTable.all
    monkeypatch.setattr(CountedTable, "all", slow)
    subscribers = Subscribers(table, clock)
    assert ids(subscribers) == []
    subscribed = subscribe(table)
    assert ids(subscribers) == [subscribed]

"""Subscribing: one subscription for an address with its filters, which the last request ends."""

from __future__ import annotations

import logging
from typing import cast

import pytest

from shared.domain.destinations import Destinations
from shared.domain.faults import InvalidRequestError
from shared.domain.run import RunStatus
from shared.domain.subscription import SUBSCRIPTIONS_LIMIT, Subscription, SubscriptionRequest
from shared.services.announcing.subscribe import (
    NEW_MS,
    ListSubscriptions,
    Subscribe,
    Unsubscribe,
)
from shared.services.announcing.subscribers import SETTLE_SECONDS
from shared.services.refusals import TooManySubscriptionsError
from shared.storage.subscriptions import SubscriptionTable
from shared.storage.table import ConflictError
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.tables import DeceptiveTable

URL = "https://prod-1.engine.example.org:443/workflows/a?sp=%2Frun&sig=hush-hush"
REQUEST = SubscriptionRequest(URL)


@pytest.fixture
def deceptive() -> DeceptiveTable:
    return DeceptiveTable(SimulatedTable())


@pytest.fixture
def table(deceptive: DeceptiveTable) -> SubscriptionTable:
    return SubscriptionTable(deceptive, "org.crm.dynamics.com")


@pytest.fixture
def subscribe(table: SubscriptionTable) -> Subscribe:
    return Subscribe(table, Destinations(), HandClock())


def clock_of(subscribe: Subscribe) -> HandClock:
    return cast("HandClock", subscribe.clock)


def kept(table: SubscriptionTable) -> list[Subscription]:
    return ListSubscriptions(table)()


def test_whoever_subscribes_is_kept(subscribe: Subscribe, table: SubscriptionTable) -> None:
    made = subscribe(REQUEST)
    assert kept(table) == [made]


def test_who_is_new_is_answered_when_every_end_is_told_to_him(subscribe: Subscribe) -> None:
    """Lists of subscribers are in use for a while after they were read."""
    clock = clock_of(subscribe)
    before = clock.seconds
    subscribe(REQUEST)
    assert clock.seconds == before + SETTLE_SECONDS


def test_who_repeats_at_once_waits_too(subscribe: Subscribe) -> None:
    """His first request may still be waiting, or have died in it."""
    clock = clock_of(subscribe)
    subscribe(REQUEST)
    before = clock.seconds
    subscribe(REQUEST)
    assert clock.seconds == before + SETTLE_SECONDS


def test_who_subscribes_anew_later_is_answered_at_once(subscribe: Subscribe) -> None:
    clock = clock_of(subscribe)
    subscribe(REQUEST)
    clock.at += NEW_MS
    before = clock.seconds
    subscribe(REQUEST)
    assert clock.seconds == before


def test_a_repeat_is_one_subscription_that_its_own_answer_ends(
    subscribe: Subscribe, table: SubscriptionTable
) -> None:
    """The first answer was lost: nobody holds its address."""
    first, second = subscribe(REQUEST), subscribe(REQUEST)
    assert [each.id for each in kept(table)] == [first.id]
    Unsubscribe(table)(second.name)
    assert kept(table) == []


def test_an_engine_may_end_the_old_one_after_it_subscribed_anew_at_the_same_address(
    subscribe: Subscribe, table: SubscriptionTable
) -> None:
    """A flow is saved: nobody documents in which order that happens, nor at which address."""
    old = subscribe(REQUEST)
    new = subscribe(REQUEST)
    Unsubscribe(table)(old.name)
    assert kept(table) == [new]
    Unsubscribe(table)(new.name)
    Unsubscribe(table)(new.name)
    assert kept(table) == []


def test_who_unsubscribes_late_a_second_time_ends_nothing_new(
    subscribe: Subscribe, table: SubscriptionTable
) -> None:
    old = subscribe(REQUEST)
    Unsubscribe(table)(old.name)
    new = subscribe(REQUEST)
    Unsubscribe(table)(old.name)
    assert kept(table) == [new]


def test_who_subscribes_anew_does_not_fail_any_more(
    subscribe: Subscribe, table: SubscriptionTable
) -> None:
    """He has just shown that he is there, and is not to be removed for what was before."""
    subscribe(REQUEST)
    stored = table.read(REQUEST.id)
    assert stored is not None
    failing = Subscription(REQUEST, "0" * 16, 5, 6, 7, failing_since=6, error="it answered 500")
    table.replace(stored, failing)
    after = subscribe(REQUEST)
    assert (after.failing_since, after.error) == (None, None)
    assert (after.created_at, after.last_success_at, after.last_failure_at) == (5, 6, 7)


@pytest.mark.parametrize("times", [1, 2])
def test_what_the_sdk_repeated_is_no_conflict(
    subscribe: Subscribe, table: SubscriptionTable, deceptive: DeceptiveTable, times: int
) -> None:
    for _ in range(times - 1):
        subscribe(REQUEST)
    deceptive.errors.append(ConflictError("409"))
    made = subscribe(REQUEST)
    assert kept(table) == [made]


def test_so_many_may_subscribe_and_no_more(subscribe: Subscribe, table: SubscriptionTable) -> None:
    for number in range(SUBSCRIPTIONS_LIMIT):
        table.add(Subscription(SubscriptionRequest(f"{URL}{number}"), "0" * 16, 0))
    with pytest.raises(TooManySubscriptionsError):
        subscribe(REQUEST)
    assert len(kept(table)) == SUBSCRIPTIONS_LIMIT
    subscribe(SubscriptionRequest(f"{URL}0"))


@pytest.mark.parametrize(
    "url", ["http://engine.example.org", "https://169.254.169.254/latest/meta-data/"]
)
def test_an_address_that_nothing_may_be_sent_to_is_refused(
    subscribe: Subscribe, table: SubscriptionTable, url: str
) -> None:
    with pytest.raises(InvalidRequestError, match="notificationUrl"):
        subscribe(SubscriptionRequest(url))
    assert kept(table) == []


@pytest.mark.parametrize("name", ["", "nonsense", "0" * 49, f"{'0' * 32}-{'0' * 16}"])
def test_who_is_none_ends_nothing(table: SubscriptionTable, name: str) -> None:
    Unsubscribe(table)(name)


def test_no_address_is_logged(
    subscribe: Subscribe, table: SubscriptionTable, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        subscription = subscribe(SubscriptionRequest(URL, statuses=(RunStatus.FAILED,)))
        Unsubscribe(table)(subscription.name)
    assert "subscription.kept" in caplog.text
    assert "subscription.ended" in caplog.text
    assert "engine.example.org" not in caplog.text
    assert "hush" not in caplog.text

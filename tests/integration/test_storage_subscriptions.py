"""Subscriptions in a real table: one row for each, whoever subscribes or unsubscribes meanwhile."""

from dataclasses import replace

import pytest

from shared.domain.run import RunStatus
from shared.domain.subscription import Subscription, SubscriptionRequest
from shared.storage.subscriptions import SubscriptionTable
from shared.storage.table import ConflictError, Insert, UnreadableRowError
from tests.support.runs import NOW
from tests.support.tables import DeceptiveTable

URL = "https://prod-1.engine.example.org:443/workflows/a?sp=%2Frun&sig=hush"
REQUEST = SubscriptionRequest(URL, None, "Größe 1", (RunStatus.FAILED, RunStatus.TIMED_OUT))
FIRST, SECOND = "0" * 16, "1" * 16
SUBSCRIPTION = Subscription(REQUEST, FIRST, NOW)
FAILING = replace(
    SUBSCRIPTION,
    last_success_at=NOW - 5,
    last_failure_at=NOW,
    failing_since=NOW - 3,
    error="it answered 500",
)
CONFLICT = ConflictError("409")


@pytest.fixture
def subscriptions(table: DeceptiveTable) -> SubscriptionTable:
    return SubscriptionTable(table, "org.crm.dynamics.com")


def kept(subscriptions: SubscriptionTable) -> Subscription | None:
    found = subscriptions.read(SUBSCRIPTION.id)
    return None if found is None else found.subscription


@pytest.mark.parametrize(
    "given",
    [SUBSCRIPTION, FAILING, Subscription(SubscriptionRequest(URL, "f", None), FIRST, NOW)],
    ids=["new", "failing", "of a flow"],
)
def test_a_subscription_reads_back_as_it_was_written(
    subscriptions: SubscriptionTable, given: Subscription
) -> None:
    assert subscriptions.add(given)
    assert subscriptions.all() == [given]


def test_there_is_one_of_an_id(subscriptions: SubscriptionTable) -> None:
    subscriptions.add(SUBSCRIPTION)
    assert not subscriptions.add(replace(SUBSCRIPTION, generation=SECOND))
    assert kept(subscriptions) == SUBSCRIPTION


def test_its_own_success_is_recognised_where_the_sdk_repeated_it(
    table: DeceptiveTable, subscriptions: SubscriptionTable
) -> None:
    table.errors.append(CONFLICT)
    assert subscriptions.add(SUBSCRIPTION)


def test_what_came_of_telling_is_kept_unless_it_has_changed_meanwhile(
    subscriptions: SubscriptionTable,
) -> None:
    subscriptions.add(SUBSCRIPTION)
    stored = subscriptions.read(SUBSCRIPTION.id)
    assert stored is not None
    assert subscriptions.replace(stored, FAILING)
    assert not subscriptions.replace(stored, SUBSCRIPTION)
    assert not subscriptions.remove(stored)
    assert kept(subscriptions) == FAILING


def test_whoever_subscribed_last_unsubscribes(subscriptions: SubscriptionTable) -> None:
    """An engine may unsubscribe the old one after it has subscribed anew, at the same address."""
    subscriptions.add(SUBSCRIPTION)
    stored = subscriptions.read(SUBSCRIPTION.id)
    assert stored is not None
    subscriptions.replace(stored, replace(SUBSCRIPTION, generation=SECOND))
    assert not subscriptions.unsubscribe(SUBSCRIPTION.id, FIRST)
    assert subscriptions.unsubscribe(SUBSCRIPTION.id, SECOND)
    assert not subscriptions.unsubscribe(SUBSCRIPTION.id, SECOND)
    assert subscriptions.all() == []


def test_unsubscribing_wins_over_what_is_written_meanwhile(
    table: DeceptiveTable, subscriptions: SubscriptionTable
) -> None:
    subscriptions.add(SUBSCRIPTION)

    def deliver() -> None:
        stored = subscriptions.read(SUBSCRIPTION.id)
        assert stored is not None
        subscriptions.replace(stored, FAILING)

    table.before.append(deliver)
    assert subscriptions.unsubscribe(SUBSCRIPTION.id, FIRST)
    assert subscriptions.all() == []


def test_one_that_cannot_be_read_hides_no_other(
    table: DeceptiveTable, subscriptions: SubscriptionTable
) -> None:
    subscriptions.add(SUBSCRIPTION)
    table.commit("subscriptions:org.crm.dynamics.com", [Insert("1" * 32, {"Url": URL})])
    assert subscriptions.all() == [SUBSCRIPTION]
    with pytest.raises(UnreadableRowError):
        subscriptions.read("1" * 32)

"""Subscribing: an address listens for the ends of runs, until it unsubscribes or is gone."""

from dataclasses import dataclass, replace

from shared.domain.destinations import Destinations
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.subscription import (
    GENERATION_BYTES,
    SUBSCRIPTIONS_LIMIT,
    Subscription,
    SubscriptionRequest,
    new_generation,
    read_subscription_name,
)
from shared.domain.wait_request import NOTIFICATION_URL
from shared.services.announcing.subscribers import SETTLE_SECONDS
from shared.services.ports import Clock
from shared.services.refusals import TooManySubscriptionsError
from shared.storage.subscriptions import SubscriptionTable
from shared.storage.table import StorageUnavailableError
from shared.telemetry import event

ATTEMPTS = 20

NEW_MS = 60_000
"""How long a subscription is taken to be so new that an end might be told without it."""


def check_address(destinations: Destinations, url: str) -> None:
    """Refuse an address that nothing may be sent to; raises InvalidRequestError."""
    fault = destinations.engine_fault(url)
    if fault is not None:
        raise InvalidRequestError(Fault(NOTIFICATION_URL, "InvalidValue", fault))


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Keeps subscriptions. The same address with the same filters is one, and told once.

    Each request is answered with a `Location` of its own, and only the last one's unsubscribes:
    an engine that saves a flow may subscribe anew before it unsubscribes what was there before.
    """

    table: SubscriptionTable
    destinations: Destinations
    clock: Clock

    def __call__(self, request: SubscriptionRequest) -> Subscription:
        """Subscribe; whatever run ends after the answer is told.

        Raises InvalidRequestError, TooManySubscriptionsError and StorageUnavailableError.
        """
        kept, seconds = self.keep(request)
        if seconds:
            self.clock.sleep(seconds)
        return kept

    def keep(self, request: SubscriptionRequest) -> tuple[Subscription, float]:
        """Keep a subscription; and give for how many seconds ends may yet be told without it.

        Whoever is answered sooner may miss one. Raises what a call does.
        """
        check_address(self.destinations, request.url)
        kept = self._kept(request, new_generation(self.clock.random_bytes(GENERATION_BYTES)))
        event("subscription.kept", subscription=kept.id, generation=kept.generation)
        return kept, SETTLE_SECONDS if self.clock.now() - kept.created_at < NEW_MS else 0.0

    def _kept(self, request: SubscriptionRequest, generation: str) -> Subscription:
        """Add a subscription, or take over the one that there is: so it does not fail any more."""
        for _ in range(ATTEMPTS):
            stored = self.table.read(request.id)
            if stored is None:
                if len(self.table.all()) >= SUBSCRIPTIONS_LIMIT:
                    raise TooManySubscriptionsError(SUBSCRIPTIONS_LIMIT)
                new = Subscription(request, generation, self.clock.now())
                if self.table.add(new):
                    return new
                continue
            before = stored.subscription
            if before.generation == generation:
                return before  # ours, though it was reported as a conflict: the SDK had repeated it
            after = replace(before, generation=generation, failing_since=None, error=None)
            if self.table.replace(stored, after):
                return after
        raise StorageUnavailableError("the subscription changes too often")


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Removes subscriptions; one that is gone, or was subscribed anew since, is left as it is."""

    table: SubscriptionTable

    def __call__(self, name: str) -> None:
        """Unsubscribe by the name in a `Location`; raises StorageUnavailableError."""
        named = read_subscription_name(name)
        if named is not None and self.table.unsubscribe(*named):
            event("subscription.ended", subscription=named[0])


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    """Reads who listens, for operators."""

    table: SubscriptionTable

    def __call__(self) -> list[Subscription]:
        """List subscriptions, the oldest first; raises StorageUnavailableError."""
        return sorted(self.table.all(), key=lambda each: (each.created_at, each.id))

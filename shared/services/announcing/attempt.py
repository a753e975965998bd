"""An attempt to tell somebody of a run's end, whoever he is, and what follows if it fails.

What follows is the message of the next attempt, sent before whoever made this one is done with his:
a process that dies in between leaves one message too many, and none too few.
"""

import logging
import math
from dataclasses import dataclass

from shared.domain.destinations import Destinations, host_of
from shared.domain.run.completion_event import event_id
from shared.domain.run.delivery_request import DeliveryRequest
from shared.domain.run.notification import Delivery, Redelivery
from shared.services.announcing.silent_receivers import REST_SECONDS, SilentReceivers
from shared.services.ports import Clock, DelayedOutbox, Webhooks
from shared.telemetry import event

LONGEST_REST = 1_800.0
"""How many seconds an attempt is put off at the most, because its receiver keeps silent."""

_SHARE = 1 / 8
"""It is put off longer the longer he is to be told: he may keep silent to many for days."""

_SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of an attempt that ended `at`; `again_at`: when the next is due, if there is one.

    Both in ms since the epoch.
    """

    delivery: Delivery
    at: int
    again_at: int | None

    @property
    def given_up(self) -> bool:
        return self.delivery.error is not None and self.again_at is None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Makes attempts; `messages`: the queue of those who ask for one."""

    webhooks: Webhooks
    destinations: Destinations
    messages: DelayedOutbox
    clock: Clock
    redelivery: Redelivery
    silent: SilentReceivers

    def put_off(self, request: DeliveryRequest, url: str, since: int) -> bool:
        """Ask for the same attempt later, where the receiver is left alone; say whether it is.

        The last attempt is made in any case. `since`: when he was to be told first.
        """
        age = self.clock.now() - since
        if age >= self.redelivery.patience or not self.silent.rest(host_of(url)):
            return False
        self.ask_later(request, max(REST_SECONDS, min(age * _SHARE / _SECOND_MS, LONGEST_REST)))
        return True

    def ask_later(self, request: DeliveryRequest, seconds: float) -> None:
        self.messages.send(request.text, delay_seconds=math.ceil(seconds))

    def __call__(
        self, request: DeliveryRequest, url: str, text: str, *, since: int, earlier: int = 0
    ) -> Tried:
        """Tell a receiver, and ask for the next attempt if that fails, unless it is given up.

        `earlier`: how many attempts were made before somebody had him told again.
        Raises StorageUnavailableError.
        """
        delivery = self._deliver(request, url, text)
        at, again_at = self.clock.now(), None
        if delivery.error is not None and not delivery.gone:
            attempts = request.attempts + 1 - earlier
            again_at = self.redelivery.next_at(since, attempts, at, delivery.retry_after)
        if again_at is not None:
            self.ask_later(request.next, max(0, again_at - at) / _SECOND_MS)
        tried = Tried(delivery, at, again_at)
        _tell(request, tried)
        return tried

    def _deliver(self, request: DeliveryRequest, url: str, text: str) -> Delivery:
        fault = self.destinations.engine_fault(url)
        if fault is not None:  # the settings are others than when he came
            return Delivery(f"its address {fault}")
        delivery = self.webhooks.post(url, event_id(request.run_id), text)
        self.silent.note(host_of(url), answered=delivery.answered)
        return delivery


def _tell(request: DeliveryRequest, tried: Tried) -> None:
    delivered = tried.delivery.error is None
    event(
        "run.delivered" if delivered else "run.not_delivered",
        level=logging.INFO if delivered else logging.WARNING,
        run_id=request.run_id,
        waiter=request.waiter,
        subscription=request.subscription,
        attempt=request.attempts + 1,
        reason=tried.delivery.error,
        given_up=True if tried.given_up else None,
    )

"""Messages that ask for one attempt to tell somebody of a run's end.

A message carries how many attempts were made. Whoever makes one that fails sends the message of the
next, which comes later, before he is done with this one: so none is lost, wherever he dies, and no
row has to say for each run and each receiver how far it is.
"""

import json
import re
from dataclasses import dataclass, replace

from shared.domain.identifiers import is_run_id

_RUN, _WAITER, _SUBSCRIPTION, _ATTEMPTS = "runId", "waiter", "subscription", "attempts"
_NAME = re.compile(r"[0-9a-z]{1,64}")


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """Whom to tell of a run's end: a waiter, by his key, or a subscription, by its id.

    Where it names neither, all subscriptions are to be told that the end is for.
    """

    run_id: str
    waiter: str | None = None
    subscription: str | None = None
    attempts: int = 0

    @property
    def next(self) -> "DeliveryRequest":
        """Ask for the next attempt."""
        return replace(self, attempts=self.attempts + 1)

    @property
    def text(self) -> str:
        said = {
            _RUN: self.run_id,
            _WAITER: self.waiter,
            _SUBSCRIPTION: self.subscription,
            _ATTEMPTS: self.attempts,
        }
        return json.dumps({name: value for name, value in said.items() if value is not None})


def read_delivery_request(text: str) -> DeliveryRequest | None:
    """Read a message; None where it is none of these."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    run_id, attempts = str(said.get(_RUN)), said.get(_ATTEMPTS, 0)
    waiter, subscription = said.get(_WAITER), said.get(_SUBSCRIPTION)
    if not is_run_id(run_id) or type(attempts) is not int:
        return None
    if not _names_one(waiter) or not _names_one(subscription):
        return None
    return DeliveryRequest(run_id, waiter, subscription, attempts)


def _names_one(value: object) -> bool:
    """Say whether a value can name a receiver, or is none."""
    return value is None or (isinstance(value, str) and _NAME.fullmatch(value) is not None)

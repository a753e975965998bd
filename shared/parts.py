"""The parts that the services stand on: Azure's (composition.py), or the simulation's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.domain.shelf import Shelf
from shared.services.ports import (
    Catalog,
    Clock,
    Crews,
    Dataverse,
    DelayedOutbox,
    Inbox,
    MessageShelf,
    Outbox,
    Signals,
    WakeUps,
    Webhooks,
)
from shared.storage.table import Table


class WakeUpQueue(WakeUps, Inbox, Protocol):
    """The queue of wake-ups, which the app sends to and makes."""


class OwnQueue(Outbox, Inbox, Protocol):
    """A queue that the app sends to and makes, so that others find it."""


class NotificationQueue(DelayedOutbox, Inbox, Protocol):
    """The queue of messages that ask for a POST each, now or later."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the services stand on."""

    table: Table
    requests: OwnQueue
    rejections: Outbox
    wake_ups: WakeUpQueue
    events: OwnQueue
    notifications: NotificationQueue
    dataverse: Dataverse
    catalog: Catalog
    webhooks: Webhooks
    clock: Clock
    crews: Crews
    signals: Signals
    shelves: Mapping[Shelf, MessageShelf]

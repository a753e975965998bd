"""Those who hear of a run's end: readers of the events' queue, and receivers of notifications."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.domain.run.completion_event import NEEDS_OPERATOR
from shared.domain.run.notification import Delivery, Redelivery
from tests.simulation.chaos import Chaos
from tests.simulation.history import History
from tests.simulation.messages import Message
from tests.simulation.network import Network
from tests.simulation.scheduler import Process

URL = "https://receiver.example/hooks"
GONE_URL = "https://gone.example/hooks"
REDELIVERY = Redelivery(waits=(5_000, 30_000, 120_000), patience=900_000)
ONE_WAY_MS = (10, 400)
SLOW_MS = (10, 15_000)


@dataclass(slots=True)
class Receivers:
    """Who heard which event, and how often; `told` checks each text against what is true.

    `engines`: hear what comes to addresses of theirs; None: it is nobody's of them.
    """

    chaos: Chaos
    history: History
    told: Callable[[str, str], None]
    engines: Callable[[str, dict[str, Any]], Delivery | None]
    heard: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    notified: Counter[str] = field(default_factory=Counter)

    def read(
        self, message: Message, done: Callable[[bool], None], died: Callable[[], None]
    ) -> bool:
        """Take an event from the queue, as its reader does."""
        del died
        event = json.loads(message.text)
        if event["type"] == NEEDS_OPERATOR:
            self.asked[event["data"]["runId"]] += 1
            done(True)
            return True
        self.heard[event["data"]["runId"]] += 1
        self.told(event["data"]["runId"], event["type"])
        done(True)
        return True

    def receive(self, url: str, text: str) -> Delivery:
        """Take a notification, or refuse it."""
        event = json.loads(text)
        if url == GONE_URL:
            return Delivery("it answered 410", gone=True)
        if self.chaos.strikes(self.chaos.rates.notify_failed):
            return Delivery("it answered 500")
        heard = self.engines(url, event)
        if heard is not None:
            return heard
        run_id = event["data"]["runId"]
        self.history.tell("receiver", f"hears of {run_id[-8:]}")
        self.notified[run_id] += 1
        self.told(run_id, event["type"])
        return Delivery()


@dataclass(frozen=True, slots=True)
class RemoteReceivers:
    """The Webhooks that the services are given."""

    network: Network
    process: Process
    receivers: Receivers

    def post(self, url: str, message_id: str, text: str) -> Delivery:
        del message_id
        chaos, network = self.network.chaos, self.network
        network.departure(self.process)
        one_way = SLOW_MS if chaos.strikes(chaos.rates.slow) else ONE_WAY_MS
        delivery = network.exchange(
            self.process,
            chaos.between(*one_way),
            chaos.between(*one_way),
            lambda: self.receivers.receive(url, text),
        )
        lost = chaos.strikes(chaos.rates.notify_lost)
        return Delivery("no answer within 15 s", answered=False) if lost else delivery

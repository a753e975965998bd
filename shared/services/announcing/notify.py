"""Notifying: one attempt to tell a receiver of a run's end; the sweep asks for the next."""

import logging
from dataclasses import dataclass

from shared.domain.destinations import Destinations, host_of
from shared.domain.identifiers import is_run_id
from shared.domain.run.announcements import notified
from shared.domain.run.completion_event import event_id, event_text
from shared.domain.run.notification import Delivery, Redelivery
from shared.services.announcing.delivering import delivering, tell_delivered
from shared.services.announcing.silent_receivers import SilentReceivers
from shared.services.ports import Clock, Webhooks
from shared.storage.runs import RunTable
from shared.telemetry import event

SKEW_MS = 1_000
"""How far the clock of whoever ended the run may be ahead: its message is not too early then."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Losing or repeating the message that asks for an attempt is harmless.

    So is not heeding it, as while a receiver is silent: the look at the run remains.
    """

    runs: RunTable
    webhooks: Webhooks
    destinations: Destinations
    clock: Clock
    redelivery: Redelivery
    silent: SilentReceivers

    def __call__(self, run_id: str) -> None:
        """Make an attempt, if one is due; raises StorageUnavailableError."""
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        before = None if stored is None else stored.run.pending_notification
        if stored is None or before is None or before.due_at > self.clock.now() + SKEW_MS:
            return
        run = stored.run
        url = run.request.notify_url or ""
        if self.silent.rest(host_of(url)):
            return
        with delivering(run, "notifyUrl", before.attempts + 1) as span:
            delivery = self._deliver(url, run_id, event_text(run))
            tell_delivered(span, "notifyUrl", delivery)
        self.silent.note(host_of(url), answered=delivery.answered)
        at = self.clock.now()
        after = self.runs.change(
            stored,
            lambda run: notified(run, before.attempts, delivery, at=at, redelivery=self.redelivery),
        )
        event(
            "run.notified" if delivery.error is None else "run.not_notified",
            level=logging.INFO if delivery.error is None else logging.WARNING,
            run_id=run_id,
            attempt=before.attempts + 1,
            reason=delivery.error,
            given_up=True if after.notification and after.notification.given_up_at else None,
        )

    def _deliver(self, url: str, run_id: str, text: str) -> Delivery:
        fault = self.destinations.fault(url)
        if fault is not None:  # the settings are others than at its start
            return Delivery(f"notifyUrl {fault}")
        return self.webhooks.post(url, event_id(run_id), text)

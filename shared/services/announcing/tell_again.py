"""Telling again: what was given up is told as if the run had ended now, since somebody asks."""

from dataclasses import dataclass

from shared.domain.identifiers import is_run_id
from shared.domain.run import Run
from shared.domain.run.announcements import tell_again
from shared.domain.run.delivery_request import DeliveryRequest
from shared.services.announcing.announce import Announce
from shared.services.ports import Clock, Outbox
from shared.services.refusals import NothingGivenUpError
from shared.storage.runs import RunTable
from shared.storage.waiters import StoredWaiter, WaiterTable
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class TellAgain:
    """Begins anew with a receiver, or an engine that waits, to whom an end could not be told.

    A repeat is answered as the first request, and heals what that may have left: the messages that
    ask for an attempt are sent again, and those of one that was made are not heeded.
    """

    runs: RunTable
    waiters: WaiterTable
    announce: Announce
    messages: Outbox
    clock: Clock

    def __call__(self, run_id: str) -> Run | None:
        """Have a run's end told again; give the run after it, None if there is none.

        Raises NothingGivenUpError and StorageUnavailableError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        at = self.clock.now()
        engines = self._tell_engines(stored.run, at)
        run = self.runs.change(stored, lambda run: tell_again(run, at=at))
        retried = run.notification is not None and run.notification.retried_at is not None
        if not retried and not engines:
            raise NothingGivenUpError
        event("run.told_again", run_id=run.id, receiver=retried, engines=engines)
        self._tell_receiver(run)
        return run

    def _tell_receiver(self, run: Run) -> None:
        """Ask for an attempt at once; if that fails, the look at the run remains."""
        if run.pending_notification is None:
            return
        stored = self.runs.read(run.id)
        if stored is not None:
            self.announce.at_once(stored)

    def _tell_engines(self, run: Run, at: int) -> int:
        """Ask for an attempt for each who waits and was given up; give how many there were."""
        retried = 0
        for each in run.waiters:
            waiter = self.waiters.read(run.id, each.key) if each.told and not each.left else None
            if waiter is not None:
                retried += self._tell_engine(waiter, at)
        return retried

    def _tell_engine(self, waiter: StoredWaiter, at: int) -> bool:
        telling = waiter.telling.retried(at)
        if telling != waiter.telling:
            self.waiters.told(waiter, telling)
        if telling.retried_at is None:
            return False
        if telling.pending:
            request = DeliveryRequest(waiter.run_id, waiter=waiter.key, attempts=telling.attempts)
            self.messages.send(request.text)
        return True

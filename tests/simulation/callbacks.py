"""Callbacks of the simulated Dataverse: delivered, tried again, lost, late, twice, forged."""

import random
from dataclasses import dataclass

from shared.dataverse.errors import DataverseError
from shared.services.following.callback import CallbackOutcome
from shared.storage.table import StorageError
from shared.triggers.provider import Services
from tests.simulation.chaos import Chaos
from tests.simulation.hearing import hear
from tests.simulation.history import History
from tests.simulation.host import Host
from tests.simulation.scheduler import Scheduler
from tests.simulation.sessions import SimulatedSession

TRIES = 4
TRY_AGAIN_MS = 1_000
DELIVERY_MS = (10, 2_000)
LATE_MS = (1_000, 300_000)


@dataclass(slots=True)
class Callbacks:
    """Sends a POST to the address that came with the submission."""

    scheduler: Scheduler
    chaos: Chaos
    chance: random.Random
    history: History
    host: Host

    def ended(self, session: SimulatedSession) -> None:
        """Say that a session is finished."""
        rates = self.chaos.rates
        if session.callback_url is None or self.chaos.strikes(rates.callback_lost):
            return
        for _ in range(2 if self.chaos.strikes(rates.callback_twice) else 1):
            wait = self.chaos.between(*DELIVERY_MS)
            if self.chaos.strikes(rates.callback_late):
                wait += self.chaos.between(*LATE_MS)
            self._post(session.callback_url, session.id, wait)

    def forge(self, session: SimulatedSession, others: list[str]) -> None:
        """Pretend early, with the right address, that this or another session is finished."""
        if session.callback_url is None or not self.chaos.strikes(self.chaos.rates.callback_forged):
            return
        named = self.chance.choice([session.id, *others[-3:], "0" * 8])
        self._post(session.callback_url, named, self.chaos.between(*DELIVERY_MS))
        wrong = session.callback_url[:-4] + "0bad"
        self._post(wrong, session.id, self.chaos.between(*DELIVERY_MS))

    def _post(self, url: str, session_id: str, wait: int, tries: int = TRIES) -> None:
        self.scheduler.after(wait, lambda: self._try(url, session_id, tries))

    def _try(self, url: str, session_id: str, tries: int) -> None:
        run_id, signature = url.split("/")[-2:]

        def again() -> None:
            if tries > 1:
                self._post(url, session_id, TRY_AGAIN_MS, tries - 1)

        def work(services: Services) -> object:
            if not services.hear_callback.signer.accepts(run_id, signature):
                return CallbackOutcome.UNKNOWN_RUN
            return hear(services, run_id, session_id)

        def done(result: object) -> None:
            self.history.tell("callback", f"of session {session_id[:8]} -> {result}")
            if isinstance(result, DataverseError | StorageError):
                again()

        if not self.host.call(work, done, again):
            again()

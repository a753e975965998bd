"""Starting and waiting: a start whose end is told to an address, for engines' webhook actions."""

from dataclasses import dataclass

from shared.domain.destinations import Destinations
from shared.domain.run import Run
from shared.domain.run.waiter import wait_name, waiter_key
from shared.domain.run.waiters import WAITERS_LIMIT, waiter_of
from shared.domain.wait_request import WaitRequest
from shared.services.announcing.announce import Announce
from shared.services.announcing.subscribe import check_address
from shared.services.ports import Clock
from shared.services.refusals import TooManyWaitsError
from shared.services.starting.start import Start
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import StorageUnavailableError
from shared.storage.waiters import WaiterTable
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class Awaited:
    """A run, and the name of the wait for its end."""

    run: Run
    name: str


@dataclass(frozen=True, slots=True)
class StartAndWait:
    """A repeat finds its run by the key, and its wait by the address: each step heals itself.

    Another address under the same key is another who waits, and both are told: an engine that
    starts a turn anew has a new address for it, and nobody knows whether the old one is still
    listened to.
    """

    start: Start
    runs: RunTable
    waiters: WaiterTable
    announce: Announce
    destinations: Destinations
    clock: Clock

    def __call__(self, request: WaitRequest, key: str) -> Awaited:
        """Accept a run and have its end told; raises what Start does, and TooManyWaitsError."""
        check_address(self.destinations, request.url)
        stored = self._stored(self.start(request.start, key).run)
        waiter, at = waiter_key(request.url), self.clock.now()
        run = self.waiters.join(stored, request.url, cancels=request.cancels, at=at)
        if waiter_of(run, waiter) is None:
            raise TooManyWaitsError(run.id, WAITERS_LIMIT)
        event("run.awaited", run_id=run.id, waiter=waiter, status=run.status.value)
        if run.final:
            self.announce.at_once(self._stored(run))
        return Awaited(run, wait_name(run.id, waiter))

    def _stored(self, run: Run) -> StoredRun:
        stored = self.runs.read(run.id)
        if stored is None:
            raise StorageUnavailableError(f"run {run.id} is gone")
        return stored

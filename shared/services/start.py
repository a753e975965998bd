"""Starting: a valid request becomes a run in its lane's backlog, once for each idempotency key."""

from dataclasses import dataclass

from shared.domain.identifiers import TAIL_RANDOM_BYTES, is_run_id, lane_of, run_id
from shared.domain.request import StartRequest
from shared.domain.run import Run
from shared.services.connections import Connections
from shared.services.ports import Clock
from shared.services.wake import Waker
from shared.storage.keys import KeyedRun, KeyTable
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable
from shared.telemetry import event


class KeyReusedError(Exception):
    """The idempotency key stands for another request."""


@dataclass(frozen=True, slots=True)
class Start:
    """Every step, done twice, finds its own earlier work: a crash is healed by the repeat."""

    connections: Connections
    lanes: LaneTable
    keys: KeyTable
    runs: RunTable
    waker: Waker
    clock: Clock

    def __call__(self, request: StartRequest, key: str | None) -> Run:
        """Accept a run; the repeat of a request under its key is given the run of the first.

        Raises InvalidRequestError, ConnectionUnknownError, KeyReusedError and
        StorageUnavailableError.
        """
        lane = self.connections.lane_for(request.run)
        # Before the key names a run in this lane, so that whoever heals it finds the lane.
        self.lanes.ensure(lane)
        new_id = run_id(lane.id, self.clock.now(), self.clock.random_bytes(TAIL_RANDOM_BYTES))
        if key is not None:
            keyed = self.keys.take(key, KeyedRun(new_id, request.fingerprint))
            if keyed.fingerprint != request.fingerprint:
                raise KeyReusedError
            new_id = keyed.run_id
            stored = self.runs.read(new_id)
            if stored is not None:
                return stored.run
        run = self.runs.insert(new_id, request)
        event("run.queued", run_id=run.id, lane=lane_of(run.id), workflow=run.request.workflow_id)
        self.waker.wake_soon(lane_of(run.id))
        return run


@dataclass(frozen=True, slots=True)
class Read:
    """Reads one run."""

    runs: RunTable

    def __call__(self, wanted: str) -> Run | None:
        """Give a run; None if there is none of this id."""
        if not is_run_id(wanted):
            return None
        stored = self.runs.read(wanted)
        return None if stored is None else stored.run

"""Starting: a valid request becomes a run in its lane's backlog, once for each idempotency key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shared import tracing
from shared.domain.codes.answers import KEY_REUSED
from shared.domain.destinations import Destinations
from shared.domain.errors import BrokerError
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.identifiers import (
    TAIL_RANDOM_BYTES,
    created_at_of,
    lane_of,
    run_id,
)
from shared.domain.lane import Lane
from shared.domain.request import ConnectionType, StartRequest
from shared.domain.run import Run, RunStatus
from shared.domain.trace import read_trace
from shared.services.ports import Clock
from shared.services.starting.connections import Connections
from shared.storage.keys import KeyedRun, KeyTable, digest_of
from shared.storage.lane_list import use_of
from shared.storage.lanes import LaneTable
from shared.storage.runs import Inserted, NotMadeError, RunTable
from shared.storage.table import StorageUnavailableError
from shared.telemetry import event

ATTEMPTS = 10


class WakesLanes(Protocol):
    def wake_soon(self, lane_id: str) -> None:
        """Have somebody look at a lane; raises nothing."""
        ...


class ListsStarts(Protocol):
    def started(self, *runs: Run) -> None:
        """List runs that were accepted just now; raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was asked for; not `new`: an earlier request with its key made it."""

    run: Run
    new: bool


class KeyReusedError(BrokerError):
    """The idempotency key stands for another request."""

    code = KEY_REUSED

    def __init__(self) -> None:
        super().__init__("The key names another run.")


@dataclass(frozen=True, slots=True)
class Start:
    """Every step, done twice, finds its own earlier work: a crash is healed by the repeat."""

    connections: Connections
    lanes: LaneTable
    keys: KeyTable
    runs: RunTable
    waker: WakesLanes
    index: ListsStarts
    clock: Clock
    destinations: Destinations
    retention_ms: int
    check_inputs: Callable[[StartRequest], None]

    def __call__(self, request: StartRequest, key: str | None) -> Started:
        """Accept a run; the repeat of a request under its key is given the run of the first.

        Raises InvalidRequestError, ConnectionUnknownError, KeyReusedError and
        StorageUnavailableError; where inputs are to be checked, what `check_inputs` does.
        """
        digest = None if key is None else digest_of(key)
        if digest is not None and _asks_outside(request):
            known = self._known(digest, request)
            if known is not None:
                return known
        self._check_destination(request.run.notify_url)
        if request.validate_inputs:
            self.check_inputs(request)
        lane = self.connections.lane_for(request.run)
        now = self.clock.now()
        self.lanes.ensure(lane, now)
        new_id = run_id(lane.id, now, self.clock.random_bytes(TAIL_RANDOM_BYTES))
        connection: str | None = lane.connection
        if digest is not None:
            mine = KeyedRun(new_id, request.fingerprint, connection)
            keyed, run = self._run_of_key(digest, mine)
            if keyed.fingerprint != request.fingerprint:
                raise KeyReusedError
            if run is not None:
                return self._again(run, request)
            new_id = keyed.run_id
            if lane_of(new_id) != lane.id:  # the name stood for another connection then
                connection = self._connection_of(keyed)
        return self._make(new_id, request, digest, connection)

    def _known(self, digest: str, request: StartRequest) -> Started | None:
        """Answer a repeat from its key, before anything outside is asked.

        What the request names may stand for something else by now, or for nothing: the run that the
        key names is what was accepted. One that was never made is made in the lane its id names.
        """
        keyed = self.keys.read(digest)
        if keyed is None:
            return None
        stored = self.runs.read(keyed.run_id)
        if stored is None and self._expired(keyed):
            return None  # the key is free, as its run was removed or never made
        if keyed.fingerprint != request.fingerprint:
            raise KeyReusedError
        if stored is not None:
            return self._again(stored.run, request)
        connection = self._connection_of(keyed)
        if connection is None:
            return None
        return self._make(keyed.run_id, request, digest, connection)

    def _make(
        self, new_id: str, request: StartRequest, digest: str | None, connection: str | None
    ) -> Started:
        """Make the run; one that another request made meanwhile has the same key.

        Without a key nobody else can have: then the storage SDK has repeated what had succeeded.
        """
        began = tracing.began()
        run, inserted = self._insert(new_id, request, digest, connection)
        lane, new = lane_of(run.id), inserted or digest is None
        _tell(run, request, new=new)
        self.waker.wake_soon(lane)
        self.index.started(run)  # should that fail, the next that becomes of it is told
        if new:
            _trace(run, request, began)
        return Started(run, new=new)

    def _again(self, run: Run, request: StartRequest) -> Started:
        """Answer a repeat; the first request may have died before it listed the run."""
        _tell(run, request, new=False)
        if run.status is RunStatus.QUEUED:
            self.index.started(run)
        return Started(run, new=False)

    def _insert(
        self, new_id: str, request: StartRequest, digest: str | None, connection: str | None
    ) -> Inserted:
        """Queue the run in a lane that is in the list; one that has left comes back first."""
        for _ in range(ATTEMPTS):
            beside = [use_of(self.clock.now())]
            try:
                return self.runs.insert(new_id, request, digest, connection, beside)
            except NotMadeError:
                if connection is None:
                    raise
                lane = Lane(lane_of(new_id), self.connections.environment, connection)
                if self.lanes.list.bring_back(lane, self.clock.now()):
                    event("lane.came_back", lane=lane.id, connection=connection)
        raise StorageUnavailableError(f"lane {lane_of(new_id)} leaves too often")

    def _connection_of(self, keyed: KeyedRun) -> str | None:
        """Give the connection of the lane that the id of a key's run names."""
        if keyed.connection is not None:
            return keyed.connection
        stored = self.lanes.read(lane_of(keyed.run_id))
        return None if stored is None else stored.lane.connection

    def _expired(self, keyed: KeyedRun) -> bool:
        """Say whether a run under a key, if there is none, was removed for its age."""
        return created_at_of(keyed.run_id) <= self.clock.now() - self.retention_ms

    def _run_of_key(self, digest: str, mine: KeyedRun) -> tuple[KeyedRun, Run | None]:
        """Give what stands under a key, and the run if it was made already.

        A run that was removed for its age took its key with it, or is about to: the key is free.
        """
        keyed = self.keys.take(digest, mine)
        stored = None if keyed == mine else self.runs.read(keyed.run_id)
        if stored is None and self._expired(keyed):
            keyed = self.keys.retake(digest, keyed, mine)
            stored = self.runs.read(keyed.run_id)
        return keyed, None if stored is None else stored.run

    def _check_destination(self, url: str | None) -> None:
        fault = None if url is None else self.destinations.fault(url)
        if fault is not None:
            raise InvalidRequestError(Fault("notifyUrl", "InvalidValue", fault))


def _asks_outside(request: StartRequest) -> bool:
    """Say whether accepting a request depends on what others say by then."""
    run, asks = request.run, request.validate_inputs
    return asks or run.connection_type is ConnectionType.REFERENCE or run.notify_url is not None


def _trace(run: Run, request: StartRequest, began: int) -> None:
    """Tell of the run's first span, which all others of it come under."""
    tracing.done(
        "run.start",
        run.trace,
        read_trace(request.caller.trace),
        began,
        run_id=run.id,
        lane=lane_of(run.id),
        workflow=run.request.workflow_id,
    )


def _tell(run: Run, request: StartRequest, *, new: bool) -> None:
    """Tell of a start by the caller's ids, too; a repeat may be another caller's, under its key."""
    event(
        "run.queued" if new else "run.asked_for_again",
        run_id=run.id,
        lane=lane_of(run.id),
        workflow=run.request.workflow_id,
        client_tracking_id=request.caller.tracking,
        client_request_id=request.caller.request,
        traceparent=request.caller.trace,
    )

"""Storage as one process sees it: the simulated table and queue, behind a network that fails.

`storage_lost`: the effect happened, the answer did not come. `storage_late`: the effect happens
after the caller has given up. `sdk_repeat`: the SDK makes a request twice and tells of the second.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from shared.storage.table import (
    ConflictError,
    Entity,
    Operation,
    StorageRefusedError,
    StorageUnavailableError,
)
from tests.simulation.chaos import Service
from tests.simulation.messages import Messages
from tests.simulation.network import Network
from tests.simulation.scheduler import Process
from tests.simulation.table import SimulatedTable
from tests.simulation.unrest import Unrest

Result = TypeVar("Result")

ONE_WAY_MS = (1, 12)
SLOW_MS = (5, 4_000)
GIVEN_UP_MS = (1_000, 20_000)
LATE_MS = (1, 10_000)


class _Remote:
    """A storage service, called by a process."""

    def __init__(self, network: Network, process: Process) -> None:
        self._network = network
        self._process = process

    def _call(self, what: str, effect: Callable[[], Result], *, write: bool = False) -> Result:
        chaos, network, process = self._network.chaos, self._network, self._process
        network.departure(process)
        one_way = SLOW_MS if chaos.strikes(chaos.rates.storage_slow) else ONE_WAY_MS
        there, back = chaos.between(*one_way), chaos.between(*one_way)
        if one_way is SLOW_MS:
            chaos.note(Unrest.STORAGE, there + back)
        if chaos.is_down(Service.STORAGE) or chaos.strikes(chaos.rates.storage_refused):
            self._give_up(what, "refused", chaos.between(*GIVEN_UP_MS))
        if write and chaos.strikes(chaos.rates.storage_late):
            patience = chaos.between(*GIVEN_UP_MS)
            late = patience + chaos.between(*LATE_MS)
            chaos.note(Unrest.STORAGE, late)  # a run that is queued then, and nobody was woken for
            network.scheduler.after(late, lambda: self._too_late(what, effect))
            self._give_up(what, "late", patience)
        if write and chaos.strikes(chaos.rates.sdk_repeat):
            network.exchange(process, there, back, lambda: _ignoring_conflicts(effect))
            what = f"{what} (repeated by the SDK)"
        try:
            result = network.exchange(process, there, back, effect)
        except ConflictError as error:
            self._tell(what, f"conflict: {error}")
            raise
        except StorageRefusedError as error:
            self._network.breach(f"limits: {error}")
            raise
        if chaos.strikes(chaos.rates.storage_lost):
            self._give_up(what, "answer lost", chaos.between(*GIVEN_UP_MS))
        self._tell(what, "ok")
        return result

    def _give_up(self, what: str, why: str, patience: int) -> None:
        self._network.chaos.note(Unrest.STORAGE, patience)
        self._network.pause(self._process, patience)
        self._tell(what, f"unavailable: {why}")
        raise StorageUnavailableError(why)

    def _too_late(self, what: str, effect: Callable[[], object]) -> None:
        _ignoring_conflicts(effect)
        self._tell(what, "happens late, if it can")

    def _tell(self, what: str, outcome: str) -> None:
        if self._network.history.kept:
            self._network.history.tell(self._process.name, f"{what} -> {outcome}")


class RemoteTable(_Remote):
    """The Table that the services are given; `shown`: what they see of a row."""

    def __init__(
        self,
        network: Network,
        process: Process,
        table: SimulatedTable,
        shown: Callable[[Entity], Entity],
    ) -> None:
        super().__init__(network, process)
        self._table = table
        self._shown = shown

    def get(self, partition: str, row: str) -> Entity | None:
        found = self._call(f"table.get {row}", lambda: self._table.get(partition, row))
        return None if found is None else self._shown(found)

    def query(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> list[Entity]:
        found = self._call(
            f"table.query {after}..{before}",
            lambda: self._table.query(partition, after, before, limit=limit),
        )
        return [self._shown(entity) for entity in found]

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        what = "table.commit"
        if self._network.history.kept:
            steps = (f"{type(each).__name__.lower()} {each.row}" for each in operations)
            what = f"{what} {', '.join(steps)}"
        return self._call(what, lambda: self._table.commit(partition, operations), write=True)


class RemoteQueue(_Remote):
    """The queues that the services are given; all of them exist."""

    def __init__(self, network: Network, process: Process, messages: Messages) -> None:
        super().__init__(network, process)
        self._messages = messages

    def send(self, text: str, *, delay_seconds: int = 0) -> None:
        self._call(
            f"queue.send to {self._messages.name} after {delay_seconds} s",
            lambda: self._messages.put(text, delay_seconds),
            write=True,
        )

    @property
    def name(self) -> str:
        return self._messages.name

    def count(self) -> int:
        return self._call(f"queue.count {self.name}", lambda: len(self._messages.waiting))

    def ensure(self) -> None:
        self._call(f"queue.ensure {self._messages.name}", lambda: None, write=True)


def _ignoring_conflicts(effect: Callable[[], object]) -> None:
    try:
        effect()
    except ConflictError:
        return

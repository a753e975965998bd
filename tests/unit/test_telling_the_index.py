"""The index hears of each change that was made here, and nobody waits for one that hangs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.domain.run import Run, RunStatus
from shared.services.indexing.index import QUIET_SECONDS, SLOW_SECONDS, Index
from shared.storage.run_index import RunIndex
from shared.storage.runs import RunTable
from shared.storage.table import ConflictError, Operation, StorageUnavailableError
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.indexed import ENVIRONMENT, numbered
from tests.support.runs import start_request
from tests.support.tables import DeceptiveTable


def test_a_change_that_succeeded_though_its_repeat_conflicts_is_told_once() -> None:
    table = DeceptiveTable(SimulatedTable())
    heard: list[tuple[Run, Run]] = []
    runs = RunTable(table).moving(lambda before, after: heard.append((before, after)))
    run = runs.insert(numbered(1).id, start_request()).run
    stored = runs.read(run.id)
    assert stored is not None
    table.errors = [ConflictError("it has changed: by the first try")]
    after = runs.change(stored, lambda each: replace(each, status=RunStatus.RUNNING))
    assert heard == [(stored.run, after)]


def test_what_another_has_done_is_told_by_him() -> None:
    table = DeceptiveTable(SimulatedTable())
    heard: list[Run] = []
    runs = RunTable(table).moving(lambda _, after: heard.append(after))
    run = runs.insert(numbered(1).id, start_request()).run
    stored = runs.read(run.id)
    assert stored is not None
    other = RunTable(table)

    def done() -> None:
        other.change(stored, lambda each: replace(each, status=RunStatus.RUNNING, changed_at=7))

    table.before = [done]
    runs.change(
        stored,
        lambda each: (
            each
            if each.status is RunStatus.RUNNING
            else replace(each, status=RunStatus.RUNNING, changed_at=8)
        ),
    )
    assert heard == []


class HangingTable(SimulatedTable):
    """Takes some seconds for each write, and then fails."""

    def __init__(self, clock: HandClock, seconds: float) -> None:
        super().__init__()
        self.clock, self.seconds, self.tries = clock, seconds, 0

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        self.tries += 1
        if self.seconds:
            self.clock.sleep(self.seconds)
            raise StorageUnavailableError("no answer")
        return super().commit(partition, operations)


def index_on(table: HangingTable) -> Index:
    return Index(RunIndex(table, ENVIRONMENT), RunTable(table), table.clock)


def test_after_a_write_that_hung_nobody_waits_for_another_one_for_a_while() -> None:
    table = HangingTable(HandClock(), SLOW_SECONDS)
    index = index_on(table)
    for number in range(5):
        index.started(numbered(number))
    assert table.tries == 1
    table.seconds = 0
    table.clock.sleep(QUIET_SECONDS)
    index.started(numbered(9))
    assert table.tries == 2


def test_a_write_that_fails_at_once_is_tried_again_by_the_next() -> None:
    table = HangingTable(HandClock(), SLOW_SECONDS / 4)
    index = index_on(table)
    for number in range(5):
        index.started(numbered(number))
    assert table.tries == 5

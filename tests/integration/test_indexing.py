"""Telling the index: what fails of it fails nobody, and is told with what becomes of the run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.run import RunStatus
from shared.domain.run.announcements import announced
from shared.services.indexing.index import Index
from shared.storage.index_lists import IndexLists
from shared.storage.index_rows import ACTIVE
from shared.storage.run_index import RunIndex
from shared.storage.runs import RunTable
from shared.storage.table import StorageUnavailableError
from tests.support.clocks import HandClock
from tests.support.indexed import ENDED, ENVIRONMENT, as_listed, listed, numbered, rows, succeeded
from tests.support.runs import NOW, running, start_request
from tests.support.tables import DeceptiveTable


@pytest.fixture
def service(table: DeceptiveTable) -> Index:
    return Index(RunIndex(table, ENVIRONMENT), RunTable(table), HandClock())


@pytest.fixture
def lists(table: DeceptiveTable) -> IndexLists:
    return IndexLists(table, ENVIRONMENT)


def test_nobody_fails_with_the_index(service: Index, table: DeceptiveTable) -> None:
    gone = StorageUnavailableError("no answer")
    table.lost = [gone] * 4
    service.started(numbered(1))
    service.moved(numbered(1), numbered(1, running()))
    assert not service.ended(succeeded(numbered(1, running())))
    assert not service.needs_operator(numbered(1, running(), needs_operator_at=NOW))
    assert table.lost == []


def test_what_failed_is_told_with_what_becomes_of_the_run_next(
    service: Index, table: DeceptiveTable, lists: IndexLists
) -> None:
    runs = service.runs
    table.lost = []
    run = numbered(1)
    runs.insert(run.id, start_request(correlation_id="order 7"))
    stored = runs.read(run.id)
    assert stored is not None
    works = runs.change(stored, lambda run: replace(run, status=RunStatus.RUNNING))
    service.moved(stored.run, works)
    assert listed(lists, ACTIVE) == (as_listed(works),)
    stored = runs.read(run.id)
    assert stored is not None
    over = runs.change(stored, succeeded)
    assert service.ended(over)
    assert service.ended(over), "told again, as when its answer was lost"
    assert listed(lists, ENDED) == (as_listed(over),)


def test_only_runs_of_which_it_was_told_are_looked_for_when_they_are_removed(
    service: Index, table: DeceptiveTable
) -> None:
    over = succeeded(numbered(1, running()))
    commits = table.commits
    service.removed([over])
    assert table.commits == commits
    service.table.put_right(over.id, lambda: over, NOW)
    service.removed([announced(over, at=NOW)])
    assert rows(table) == []

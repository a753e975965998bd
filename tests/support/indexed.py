"""Runs for the index of runs, and what stands in it."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.identifiers import run_id
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.storage.index_lists import IndexLists
from shared.storage.table import Table
from tests.support.runs import LANE, NOW, REQUEST, queued

ENVIRONMENT = "Org.crm.dynamics.com"
PARTITION = "runs:org.crm.dynamics.com"
ENDED = "ended:Succeeded"


def numbered(number: int, run: Run | None = None, **changes: object) -> Run:
    made = run_id(LANE, NOW + number, number.to_bytes(10, "big"))
    request = replace(REQUEST, correlation_id="order 7")
    run = replace(run or queued(), id=made, created_at=NOW + number, request=request)
    return replace(run, **changes)  # type: ignore[arg-type]  # by field


def succeeded(run: Run) -> Run:
    return end(run, RunStatus.SUCCEEDED, at=NOW)


def rows(table: Table) -> list[str]:
    """Name the rows of the index, without whose they are."""
    found = table.query(PARTITION, "0", "~")
    return [entity.row.partition("vub")[0].rstrip(":") for entity in found]


def as_listed(run: Run) -> Run:
    """Give a run as a copy of it tells: without its history."""
    return replace(run, history=())


def listed(lists: IndexLists, name: str) -> tuple[Run, ...]:
    return lists.newest(name, limit=100).runs

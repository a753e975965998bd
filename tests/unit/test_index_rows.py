"""Rows of the index of runs: what a copy of a run holds."""

from dataclasses import replace

from shared.domain.run import RunStatus
from shared.storage import index_rows
from shared.storage.table import Entity
from tests.support.runs import NOW, queued


def test_a_copy_is_the_run_without_its_history() -> None:
    """A history may have fifty thousand characters, and no list shows it."""
    run = replace(queued(), status=RunStatus.RUNNING)
    copy = index_rows.copy_of(run, NOW)
    assert "History" not in copy
    read = index_rows.to_run("", Entity(index_rows.main_row(run), copy))
    assert replace(read, history=run.history) == run
    assert index_rows.as_of(Entity("", copy)) == NOW

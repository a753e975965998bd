"""Leaving a wait: who leaves is told nothing more, and may have the run cancelled by that."""

from __future__ import annotations

import pytest

from shared.dataverse.errors import Answer, RefusedError
from shared.domain.run import RunStatus
from shared.storage.table import ConflictError
from tests.support.runs import SESSION
from tests.support.services import Bench
from tests.support.waits import OTHER_URL, told, wait


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_who_left_is_not_told(bench: Bench) -> None:
    awaited = wait(bench)
    bench.works(awaited.run.id)
    bench.app.leave_wait(awaited.name)
    bench.ends(awaited.run.id)
    bench.deliver()
    assert told(bench) == []
    assert bench.dataverse.cancelled == []


def test_who_leaves_when_the_message_is_under_way_is_not_told(bench: Bench) -> None:
    awaited = wait(bench)
    bench.ends(awaited.run.id)
    bench.app.leave_wait(awaited.name)
    bench.deliver()
    assert told(bench) == []


def test_who_asked_for_that_cancels_a_queued_run(bench: Bench) -> None:
    awaited = wait(bench, cancels=True)
    bench.app.leave_wait(awaited.name)
    assert bench.run(awaited.run.id).status is RunStatus.CANCELLED


def test_who_asked_for_that_cancels_a_running_run_once(bench: Bench) -> None:
    awaited = wait(bench, cancels=True)
    bench.works(awaited.run.id)
    for _ in range(3):
        bench.app.leave_wait(awaited.name)
    assert bench.dataverse.cancelled == [SESSION]
    assert bench.run(awaited.run.id).cancel_requested_at is not None


def test_who_leaves_after_the_end_changes_nothing(bench: Bench) -> None:
    awaited = wait(bench, cancels=True)
    bench.works(awaited.run.id)
    bench.ends(awaited.run.id)
    bench.deliver()
    bench.app.leave_wait(awaited.name)
    assert bench.run(awaited.run.id).status is RunStatus.SUCCEEDED
    assert bench.dataverse.cancelled == []


def test_while_another_waits_the_run_goes_on(bench: Bench) -> None:
    first, second = wait(bench, cancels=True), wait(bench, OTHER_URL, cancels=True)
    bench.works(first.run.id)
    bench.app.leave_wait(first.name)
    assert bench.dataverse.cancelled == []
    bench.app.leave_wait(second.name)
    assert bench.dataverse.cancelled == [SESSION]


def test_a_leaving_that_the_sdk_repeated_is_one(bench: Bench) -> None:
    awaited = wait(bench, cancels=True)
    bench.works(awaited.run.id)
    bench.table.errors = [ConflictError("409")]
    bench.app.leave_wait(awaited.name)
    assert bench.run(awaited.run.id).cancel_requested_at is not None


def test_a_run_that_is_gone_can_be_left(bench: Bench) -> None:
    awaited = wait(bench, cancels=True)
    bench.ends(awaited.run.id)
    bench.clock.at += bench.policy.retention
    bench.app.retain()
    assert bench.app.read(awaited.run.id) is None
    bench.app.leave_wait(awaited.name)


def test_a_refusal_to_cancel_is_no_error_of_who_leaves(bench: Bench) -> None:
    """Nobody could do anything about it there; the run remembers, and looks try again."""

    bench.dataverse.refuses = RefusedError(Answer(403, "0x80048306", "no right to cancel"))
    awaited = wait(bench, cancels=True)
    bench.works(awaited.run.id)
    bench.app.leave_wait(awaited.name)
    assert bench.run(awaited.run.id).cancel_requested_at is not None

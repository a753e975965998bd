"""A run tells which engines wait for its end, and how telling them stands: hosts, no secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from shared.services.reading.engines import ReadEngines
from shared.storage.waiters import WaiterTable
from shared.triggers.rendering import waiters_json
from tests.support.services import Bench
from tests.support.waits import FAILED, GONE, HEARD, OTHER_URL, wait

HOST = "prod-1.engine.example.org"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def waiters(bench: Bench, run_id: str) -> list[dict[str, Any]]:
    """Give what `GET runs/{runId}` tells of those who wait."""
    table = WaiterTable(bench.table, bench.app.cancel.runs)
    told = waiters_json(ReadEngines(table)(bench.run(run_id)))
    assert "hush" not in str(told)
    found: list[dict[str, Any]] = told["waiters"]
    return found


def test_an_engine_waits_then_is_to_be_told_then_has_heard(bench: Bench) -> None:
    run_id = wait(bench).run.id
    (waits,) = waiters(bench, run_id)
    assert (waits["host"], waits["status"], waits["nextAttemptAt"]) == (HOST, "Waiting", None)
    bench.ends(run_id)
    bench.receiver.answers = [FAILED, HEARD]
    bench.deliver(times=1)
    (pending,) = waiters(bench, run_id)
    assert (pending["status"], pending["attempts"]) == ("Pending", 1)
    assert pending["nextAttemptAt"] is not None
    assert pending["error"] == "it answered 500"
    bench.deliver()
    (told,) = waiters(bench, run_id)
    assert (told["status"], told["attempts"], told["error"]) == ("Delivered", 2, None)
    assert told["deliveredAt"] is not None


def test_of_several_each_stands_for_itself(bench: Bench) -> None:
    """In the order of their coming: one has left, one was given up, and one has come since."""
    left, stays = wait(bench), wait(bench, OTHER_URL)
    bench.app.leave_wait(left.name)
    bench.ends(stays.run.id)
    bench.receiver.answers = [GONE]
    bench.deliver()
    wait(bench, f"{OTHER_URL}-3")
    told = waiters(bench, stays.run.id)
    assert [each["status"] for each in told] == ["Left", "GivenUp", "Pending"]
    assert told[1]["givenUpAt"] is not None
    assert told[1]["error"] == "it answered 410"


def test_one_that_is_told_again_is_to_be_told(bench: Bench) -> None:
    run_id = wait(bench).run.id
    bench.ends(run_id)
    bench.receiver.answers = [GONE]
    bench.deliver()
    bench.app.tell_again(run_id)
    (again,) = waiters(bench, run_id)
    assert (again["status"], again["givenUpAt"]) == ("Pending", None)
    assert again["retriedAt"] is not None


def test_where_nobody_waits_nothing_is_read(bench: Bench) -> None:
    run = replace(bench.run(wait(bench).run.id), waiters=())
    no_table = cast("Any", None)
    assert ReadEngines(no_table)(run) == ()

"""A flow that always fails: each try goes behind the others, and five are enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.dataverse.errors import Answer, OutcomeUnknownError
from shared.domain.run import Run, RunStatus
from tests.simulation.bench import Bench
from tests.simulation.dataverse import SimulatedDataverse

SENT = "queue.send to wake-up"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Give a bench on which submissions of "bad" runs are always answered 500."""
    submit = SimulatedDataverse.run_desktop_flow

    def failing(self: SimulatedDataverse, request: Any, inputs: str | None, *rest: Any) -> Any:
        if "bad" in (inputs or ""):
            raise OutcomeUnknownError("500", Answer(500, "0x80040216", "server error"))
        return submit(self, request, inputs, *rest)

    monkeypatch.setattr(SimulatedDataverse, "run_desktop_flow", failing)
    return Bench(works=1_000)


def until(bench: Bench, said: Callable[[], bool], most: int = 40) -> None:
    for _ in range(5 * most):
        if said():
            return
        bench.wait(3_000)
    raise AssertionError("it never came about")


def losses(bench: Bench, run: Run) -> int:
    return bench.stored(run).run.losses


def test_a_good_run_behind_runs_that_always_fail_is_submitted_at_once(bench: Bench) -> None:
    """Three of them take the whole window of three, again and again."""
    bad = [bench.start(f"bad-{number}") for number in range(3)]
    bench.world.host.open(1)
    until(bench, lambda: all(losses(bench, run) >= 1 for run in bad))
    good = bench.start("good")
    until(bench, lambda: bench.stored(good).run.final)
    assert bench.stored(good).run.status is RunStatus.SUCCEEDED
    assert all(losses(bench, run) < 3 for run in bad)
    bench.world.dataverse.refused.update(run.request.correlation_id or "" for run in bad)
    until(bench, lambda: all(bench.stored(run).run.final for run in bad), most=200)
    errors = [bench.stored(run).run.error for run in bad]
    assert [error.code for error in errors if error] == ["SubmissionFails"] * 3
    assert {bench.stored(run).run.attempts for run in bad} == {5}


def test_a_place_is_not_claimed_before_its_time_and_is_woken_for_once(bench: Bench) -> None:
    run = bench.start("bad")
    bench.world.host.open(1)
    until(bench, lambda: losses(bench, run) == 2 and not bench.stored(run).run.awaits_answer)
    due_at, attempts = bench.stored(run).run.due_at, bench.stored(run).run.attempts
    assert due_at > bench.now
    sent = bench.history.count(SENT)
    while bench.now < due_at - 1_000:
        assert bench.stored(run).run.attempts == attempts
        bench.wait(500)
    assert bench.history.count(SENT) <= sent + 1
    bench.wait(5_000)
    assert bench.stored(run).run.attempts == attempts + 1

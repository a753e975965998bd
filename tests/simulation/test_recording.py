"""Recording a session is one step: nobody who brings one to light can do it by halves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run, RunStatus
from shared.domain.session import THROTTLED, StatusCode
from shared.triggers.provider import Services
from tests.simulation.bench import Bench
from tests.simulation.chaos import Rates
from tests.simulation.hearing import hear
from tests.simulation.race_parts import session_of

Look = Callable[[Bench, Run], Callable[[Services], object]]


def by_callback(bench: Bench, run: Run) -> Callable[[Services], object]:
    session_id = session_of(bench).id
    return lambda services: hear(services, run.id, session_id)


def by_confirming(bench: Bench, run: Run) -> Callable[[Services], object]:
    stored = bench.stored(run)

    def work(services: Services) -> None:
        confirm = services.sweep.rounds(cast("Any", None), 0.0).confirm
        confirm(stored, confirm.ask([stored.run]))

    return work


def by_operator(bench: Bench, run: Run) -> Callable[[Services], object]:
    resolution = Resolution(Action.ADOPT, session_of(bench).id)
    return lambda services: services.resolve(run.id, resolution)


LOOKS = pytest.mark.parametrize("look", [by_callback, by_confirming, by_operator])


@pytest.fixture
def bench() -> Bench:
    return Bench()


def unanswered(bench: Bench) -> Run:
    """The answer to its submission is lost; Dataverse has its session."""
    run = bench.start("a")
    bench.do(lambda services: services.dispatch(bench.lane), Rates(answer_lost=1.0))
    assert bench.stored(run).run.status is RunStatus.UNCONFIRMED
    return run


@LOOKS
def test_whoever_finds_that_a_run_is_to_be_started_again_wakes_its_lane(
    bench: Bench, look: Look
) -> None:
    """Confirming and operators left that to the sweep, up to a minute later."""
    run = unanswered(bench)
    bench.end(session_of(bench), StatusCode.FAILED, THROTTLED)
    bench.wait(5_000)  # no wake-up of the start's is under way any more
    before = set(bench.world.wake_ups.waiting)
    bench.do(look(bench, run))
    assert bench.stored(run).run.status is RunStatus.QUEUED
    assert bench.world.wake_ups.waiting.keys() - before, "a wake-up was sent"


@LOOKS
def test_whoever_finds_the_session_of_a_run_that_was_to_be_cancelled_cancels_it(
    bench: Bench, look: Look
) -> None:
    run = unanswered(bench)
    bench.do(lambda services: services.cancel(run.id))
    bench.do(look(bench, run))
    bench.wait(60_000)
    found = session_of(bench)
    assert found.statuscode(bench.world.scheduler.now) is StatusCode.CANCELLED


def test_a_callback_that_comes_twice_wakes_no_lane_the_second_time(bench: Bench) -> None:
    run = unanswered(bench)
    bench.end(session_of(bench), StatusCode.SUCCEEDED, None)
    bench.do(by_callback(bench, run))
    before = set(bench.world.wake_ups.waiting)
    bench.do(by_callback(bench, run))
    assert bench.stored(run).run.status is RunStatus.SUCCEEDED
    assert set(bench.world.wake_ups.waiting) == before

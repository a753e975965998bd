"""Double sessions are cancelled until they are over, though whoever noted them has died."""

import pytest

from tests.simulation import race_parts as parts
from tests.simulation.bench import Bench
from tests.simulation.sessions import SimulatedSession


@pytest.fixture
def bench() -> Bench:
    return Bench()


def noted_and_not_cancelled(bench: Bench) -> SimulatedSession:
    """Let a process die between noting a double session and cancelling it."""
    run = parts.doubled(bench)
    _, double = bench.world.dataverse.sessions.values()
    finder = bench.begin(
        parts.sweep(bench, run), lambda _: bool(bench.stored(run).run.double_sessions)
    )
    bench.kill(finder)
    return double


def test_a_double_whose_finder_died_is_cancelled_by_the_next_round(bench: Bench) -> None:
    double = noted_and_not_cancelled(bench)
    bench.do(lambda services: services.sweep())
    bench.wait(10_000)
    assert double.cancelled
    assert not parts.session_of(bench).cancelled


def test_a_double_is_cancelled_again_when_dataverse_is_back(bench: Bench) -> None:
    double = noted_and_not_cancelled(bench)
    with parts.dataverse_down(bench):
        bench.do(lambda services: services.sweep())
    bench.do(lambda services: services.sweep())
    bench.wait(10_000)
    assert double.cancelled


def test_a_double_that_is_over_is_asked_for_no_more(bench: Bench) -> None:
    noted_and_not_cancelled(bench)
    for _ in range(2):
        assert bench.lanes.doubles(bench.lane, 10)
        bench.do(lambda services: services.sweep())
        bench.wait(10_000)
    assert bench.lanes.doubles(bench.lane, 10) == []


def test_a_double_that_was_deleted_is_asked_for_no_more(bench: Bench) -> None:
    noted_and_not_cancelled(bench).gone = True
    bench.do(lambda services: services.sweep())
    assert bench.lanes.doubles(bench.lane, 10) == []

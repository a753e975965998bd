"""Cancelling against everything else that can happen to a run, interleaved in every way."""

from collections.abc import Iterable

import pytest

from shared.domain.run import RunStatus
from tests.simulation import race_parts as parts
from tests.simulation.bench import Bench
from tests.simulation.dataverse import SimulatedDataverse
from tests.simulation.race_parts import Verb
from tests.simulation.races import CLOSE_RACES, RACES, Race
from tests.simulation.racing import WORKS_MS, Fate, Interleaving, explore, explore_closely, tell


def check(race: Race, explored: Iterable[tuple[Interleaving, list[str]]]) -> None:
    count = 0
    for interleaving, broken in explored:
        count += 1
        if broken:
            pytest.fail(tell(race, interleaving), pytrace=False)
    assert count > 2 * len(Fate), "nothing ever stood still, which proves nothing"


@pytest.mark.parametrize("race", RACES, ids=str)
def test_no_race_of_cancelling_breaks_a_promise(race: Race) -> None:
    """Final, once, and a cancellation that was accepted is carried out or told by the row."""
    check(race, explore(race))


@pytest.mark.parametrize("race", CLOSE_RACES, ids=str)
def test_what_is_met_half_done_breaks_no_promise_either(race: Race) -> None:
    """Both stand still once: neither finds the run as it was when it read it."""
    check(race, explore_closely(race))


@pytest.mark.parametrize("verb", [parts.sweep, parts.callback, parts.adopt])
def test_a_remembered_cancellation_is_carried_out_as_soon_as_the_session_is_known(
    verb: Verb,
) -> None:
    """The robot works on until then; it need not wait for the next look."""
    bench = Bench(works=WORKS_MS)
    run = parts.unanswered_and_cancelled(bench)
    bench.do(verb(bench, run))
    assert bench.stored(run).run.flow_session_id == parts.session_of(bench).id
    bench.wait(10_000)
    assert parts.session_of(bench).cancelled


def test_a_cancellation_during_the_submission_is_carried_out_with_its_answer() -> None:
    bench = Bench(works=WORKS_MS)
    run = parts.queued(bench)
    submitting = bench.begin(
        parts.dispatch(bench, run), lambda _: bool(bench.world.dataverse.sessions)
    )
    remembered = bench.do(lambda services: services.cancel(run.id))
    assert remembered is not None
    assert remembered.status is RunStatus.SUBMITTING
    bench.go_on(submitting)
    bench.wait(10_000)
    assert parts.session_of(bench).cancelled


def test_a_cancellation_is_carried_out_although_no_query_shows_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A query leaves out what may not be read by it; the session is asked for by itself then."""
    monkeypatch.setattr(SimulatedDataverse, "sessions_by_id", lambda *_: {})
    bench = Bench(works=WORKS_MS)
    run = parts.cancelling(bench)
    bench.do(parts.sweep(bench, run))
    bench.wait(10_000)
    assert parts.session_of(bench).cancelled

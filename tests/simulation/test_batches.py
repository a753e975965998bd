"""Many starts in one call: each as if it came alone, whatever becomes of the others."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from shared.domain.identifiers import lane_of
from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.domain.run import Run
from shared.services.starting import start_batch
from shared.services.starting.start import KeyReusedError, Start, Started
from shared.services.starting.start_batch import Outcome, OutOfTimeError, Wish
from shared.services.wake import Waker
from shared.storage.table import StorageError
from tests.simulation.bench import Bench
from tests.simulation.chaos import Rates
from tests.simulation.sessions import WORKFLOW

COUNT = 30


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lanes that were woken, as often as they were."""
    lanes: list[str] = []
    monkeypatch.setattr(Waker, "wake_soon", lambda _, lane_id: lanes.append(lane_id))
    return lanes


def wish(number: int, lane: int = 0, key: str | None = None, **changes: int) -> Wish:
    run = RunRequest(WORKFLOW, f"connection-{lane}", RunMode.UNATTENDED)
    run = replace(run, correlation_id=f"b{number}", **changes)  # type: ignore[arg-type]  # by field
    return StartRequest(run, json.dumps({"token": f"b{number}"})), key or f"key {number}"


def starts(bench: Bench, *wishes: Wish, rates: Rates | None = None) -> list[Outcome]:
    return bench.do(lambda services: services.start_batch(wishes), rates)


def made(bench: Bench) -> int:
    """Count the runs in the table."""
    rows = bench.world.table.partitions().get(bench.lane, {})
    return sum(row.startswith("run:") for row in rows)


def run_of(outcome: Outcome) -> Run:
    assert isinstance(outcome, Started)
    return outcome.run


def test_each_start_of_a_batch_is_a_run_in_the_order_asked_for(bench: Bench) -> None:
    outcomes = starts(bench, *(wish(number, number % 3) for number in range(COUNT)))
    runs = [run_of(each) for each in outcomes]
    assert [run.request.correlation_id for run in runs] == [f"b{n}" for n in range(COUNT)]
    assert all(isinstance(each, Started) and each.new for each in outcomes)
    assert len({run.id for run in runs}) == COUNT


def test_a_batch_that_is_repeated_finds_its_runs(bench: Bench) -> None:
    first = starts(bench, *map(wish, range(COUNT)))
    again = starts(bench, *map(wish, range(COUNT)))
    assert again == [Started(run_of(each), new=False) for each in first]


def test_what_is_started_alone_and_in_a_batch_is_one_run(bench: Bench) -> None:
    alone = bench.do(lambda services: services.start(*wish(7)))
    outcomes = starts(bench, *map(wish, range(COUNT)))
    assert outcomes[7] == Started(alone.run, new=False)


def test_one_key_twice_in_a_batch_is_one_run_and_the_first_is_the_new_one(bench: Bench) -> None:
    outcomes = starts(bench, wish(1), wish(2), wish(1), wish(1))
    first = run_of(outcomes[0])
    assert outcomes[0] == Started(first, new=True)
    assert outcomes[2] == outcomes[3] == Started(first, new=False)


def test_one_key_for_two_requests_is_refused_to_the_second(bench: Bench) -> None:
    outcomes = starts(bench, wish(1), wish(1, timeout=7), wish(2))
    assert run_of(outcomes[0]).request.timeout is None
    assert isinstance(outcomes[1], KeyReusedError)
    assert isinstance(outcomes[2], Started)


def test_a_lane_is_woken_once_for_all_its_runs(bench: Bench, woken: list[str]) -> None:
    outcomes = starts(bench, *(wish(number, number % 2) for number in range(COUNT)))
    assert sorted(woken) == sorted({lane_of(run_of(each).id) for each in outcomes})


def test_a_batch_of_repeats_wakes_nobody(bench: Bench, woken: list[str]) -> None:
    starts(bench, *map(wish, range(COUNT)))
    woken.clear()
    starts(bench, *map(wish, range(COUNT)))
    assert woken == []


def test_what_fails_fails_alone_and_is_found_by_the_repeat(bench: Bench) -> None:
    """Nothing that was answered with an error is lost or made twice."""
    struck = starts(bench, *map(wish, range(COUNT)), rates=Rates(storage_lost=0.2))
    assert any(isinstance(each, StorageError) for each in struck)
    assert any(isinstance(each, Started) for each in struck)
    again = starts(bench, *map(wish, range(COUNT)))
    for before, after in zip(struck, again, strict=True):
        run = run_of(after)
        assert not isinstance(before, Started) or before.run.id == run.id


def test_a_defect_is_told_of_the_start_that_met_it_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Start.__call__

    def fails(self: Start, request: StartRequest, key: str | None) -> Started:
        if key == "key 3":
            raise ValueError("a defect")
        return start(self, request, key)

    monkeypatch.setattr(Start, "__call__", fails)
    outcomes = starts(bench, *map(wish, range(COUNT)))
    assert isinstance(outcomes.pop(3), ValueError)
    assert all(isinstance(each, Started) for each in outcomes)


def test_what_there_was_no_time_for_is_told_so_and_can_be_sent_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_batch, "SECONDS", 0.0)
    outcomes = starts(bench, *map(wish, range(COUNT)))
    late = [each for each in outcomes if isinstance(each, OutOfTimeError)]
    assert len(late) == COUNT - start_batch.SIDE_BY_SIDE
    monkeypatch.setattr(start_batch, "SECONDS", 60.0)
    again = starts(bench, *map(wish, range(COUNT)))
    new = [each for each in again if isinstance(each, Started) and each.new]
    assert len(new) == len(late)


def test_a_batch_whose_process_dies_before_its_lane_is_woken_is_found_by_the_sweep() -> None:
    bench = Bench(works=1_000)
    died = bench.begin(
        lambda services: services.start_batch([wish(1), wish(2)]),
        lambda _: made(bench) == 2,
    )
    assert died.stands
    bench.kill(died)
    outcomes = starts(bench, wish(1), wish(2))
    assert all(isinstance(each, Started) and not each.new for each in outcomes)
    bench.rest()
    for each in outcomes:
        assert bench.stored(run_of(each)).run.final

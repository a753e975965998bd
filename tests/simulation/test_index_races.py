"""The index of runs when two write it, or one that stood still: how it heals."""

from __future__ import annotations

import itertools
import json
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.lane_stop import Stop
from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.domain.run import Run, RunStatus
from shared.storage.run_index import RunIndex
from shared.storage.table import StorageUnavailableError
from tests.simulation.bench import CONNECTION, Bench, Undertaking
from tests.simulation.index_promise import PARTITION, differences
from tests.simulation.mutated_index import index_is_never_reconciled
from tests.simulation.race_parts import callback
from tests.simulation.sessions import WORKFLOW
from tests.simulation.world import RECONCILED_MS

if TYPE_CHECKING:
    from shared.services.starting.start import Started

ROBOT_MS = 20_000
REQUEST = StartRequest(
    RunRequest(WORKFLOW, CONNECTION, RunMode.UNATTENDED, correlation_id="a"),
    json.dumps({"token": "a"}),
)

UNNAMED = replace(REQUEST, run=replace(REQUEST.run, correlation_id=None))


@pytest.fixture
def bench() -> Bench:
    return Bench(works=ROBOT_MS)


def wrong(bench: Bench) -> list[str]:
    return [*differences(bench.world.table, bench.world.promises.runs)]


def kinds(bench: Bench) -> list[str]:
    """Name the lists in which something stands."""
    return sorted({row.split(":")[0] for row in index_rows(bench)})


def index_rows(bench: Bench) -> list[str]:
    return [*bench.world.table.partitions().get(PARTITION, {})]


def start_that_stands_before_it_lists_its_run(
    bench: Bench, request: StartRequest = REQUEST
) -> Undertaking[Started]:
    def stops(_: int) -> bool:
        return any(
            row.startswith("run:") for row in bench.world.table.partitions().get(bench.lane, ())
        )

    begun = bench.begin(lambda services: services.start(request, None), stops)
    assert begun.stands
    assert index_rows(bench) == []
    return begun


def dispatch(bench: Bench) -> None:
    bench.do(lambda services: services.dispatch(bench.lane))


def the_run(bench: Bench) -> Run:
    (run_id,) = bench.world.promises.runs
    stored = bench.runs.read(run_id)
    assert stored is not None
    return stored.run


def unwritable(*_: Any, **__: Any) -> Any:
    raise StorageUnavailableError("the index cannot be written")


@pytest.mark.parametrize("reconciled", [True, False])
def test_a_start_that_is_told_after_the_end_is_put_right_by_a_sweep(
    bench: Bench, *, reconciled: bool
) -> None:
    """It brings a row back that says that the run waits; only reconciling finds that out."""
    begun = start_that_stands_before_it_lists_its_run(bench, UNNAMED)
    bench.do(lambda services: services.cancel(the_run(bench).id))
    assert kinds(bench) == ["ended"]
    bench.go_on(begun)
    assert kinds(bench) == ["active", "ended"]
    with nullcontext() if reconciled else index_is_never_reconciled():
        bench.world.host.open(1)
        bench.wait(RECONCILED_MS)
    assert bool(wrong(bench)) is not reconciled


def test_a_start_with_a_correlation_id_brings_nothing_back(bench: Bench) -> None:
    """Its row there outlives the end, and all rows of a run are written together."""
    begun = start_that_stands_before_it_lists_its_run(bench)
    bench.do(lambda services: services.cancel(the_run(bench).id))
    bench.go_on(begun)
    assert begun.result().run.status is RunStatus.QUEUED
    assert wrong(bench) == []


def test_a_start_that_is_told_while_its_run_works_leaves_what_is_newer(bench: Bench) -> None:
    begun = start_that_stands_before_it_lists_its_run(bench)
    dispatch(bench)
    assert wrong(bench) == []
    bench.go_on(begun)
    assert wrong(bench) == []
    assert the_run(bench).status is RunStatus.RUNNING


@pytest.mark.parametrize("stands_at", range(1, 12))
def test_a_run_that_ends_while_it_is_listed_anew_does_not_come_back_as_working(
    bench: Bench, stands_at: int
) -> None:
    """Nobody had listed it: the row that is missed has no etag that an end would change."""
    calls = itertools.count(1)
    begun = start_that_stands_before_it_lists_its_run(bench)
    bench.kill(begun)
    listing = bench.begin(
        lambda services: services.dispatch(bench.lane),
        lambda _: the_run(bench).status is RunStatus.RUNNING and next(calls) == stands_at,
    )
    assert listing.stands
    bench.wait(2 * ROBOT_MS)
    bench.do(callback(bench, the_run(bench)))
    assert the_run(bench).final
    bench.go_on(listing)
    assert wrong(bench) == []


def test_a_run_whose_start_died_before_it_was_listed_is_found_in_its_backlog(bench: Bench) -> None:
    """However long its lane is paused."""
    begun = start_that_stands_before_it_lists_its_run(bench)
    bench.kill(begun)
    bench.do(lambda services: services.pause_lane(bench.lane, Stop("a halt")))
    bench.world.host.open(1)
    bench.wait(RECONCILED_MS)
    assert the_run(bench).status is RunStatus.QUEUED
    assert kinds(bench) == ["active", "correlation"]
    assert wrong(bench) == []


def test_what_a_dispatch_could_not_tell_is_found_by_a_sweep(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bench.start("a")
    with monkeypatch.context() as patch:
        patch.setattr(RunIndex, "moved", unwritable)
        dispatch(bench)
    assert bench.stored(run).run.status is RunStatus.RUNNING
    assert wrong(bench) != []
    bench.rest()
    assert wrong(bench) == []


def test_an_end_is_told_to_all_others_though_the_index_cannot_be_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And to the index when it can be: once to those who read the queue of events."""
    run = bench.start("a")
    with monkeypatch.context() as patch:
        patch.setattr(RunIndex, "ended", unwritable)
        bench.do(lambda services: services.cancel(run.id))
        bench.world.host.open(1)
        bench.wait(5 * 60_000)
        ended = bench.stored(run).run
        assert (ended.status, ended.indexed_at) == (RunStatus.CANCELLED, None)
        assert ended.watch_at is not None
        assert bench.world.receivers.heard[run.id] == 1
    bench.rest()
    assert bench.stored(run).run.watch_at is None
    assert bench.world.receivers.heard[run.id] == 1
    assert wrong(bench) == []


def test_a_need_that_is_told_after_it_was_decided_leaves_the_list_with_a_sweep(
    bench: Bench,
) -> None:
    run = bench.start("a")
    needed = replace(run, status=RunStatus.UNCONFIRMED, needs_operator_at=bench.now)
    assert bench.do(lambda services: services.retain.index.needs_operator(needed))
    assert "need" in kinds(bench)
    bench.world.host.open(1)
    bench.wait(RECONCILED_MS)
    assert "need" not in kinds(bench)
    assert wrong(bench) == []

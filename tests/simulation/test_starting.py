"""A start is answered from its own record first: what others say by then changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.identifiers import lane_id, lane_of
from shared.domain.request import ConnectionType, RunMode, RunRequest, StartRequest
from shared.domain.run import Run
from shared.services.starting.connections import FRESH_MS
from shared.services.starting.start import KeyReusedError, Started
from shared.storage.runs import Inserted, RunTable
from tests.simulation.bench import CONNECTION, Bench
from tests.simulation.dataverse import ENVIRONMENT, SimulatedDataverse
from tests.simulation.race_parts import dataverse_down
from tests.simulation.sessions import WORKFLOW

BY_REFERENCE = StartRequest(
    RunRequest(
        WORKFLOW,
        "reference-0",
        RunMode.UNATTENDED,
        ConnectionType.REFERENCE,
        correlation_id="a",
    ),
    json.dumps({"token": "a"}),
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


BY_NAME = replace(
    BY_REFERENCE,
    run=replace(
        BY_REFERENCE.run, connection_name=CONNECTION, connection_type=ConnectionType.CONNECTION
    ),
)
EITHER = pytest.mark.parametrize("request_", [BY_REFERENCE, BY_NAME], ids=["reference", "name"])


def started(bench: Bench, request: StartRequest, key: str | None = "key") -> Started:
    return bench.do(lambda services: services.start(request, key))


def start(bench: Bench, request: StartRequest = BY_REFERENCE) -> Run:
    return started(bench, request).run


def unbind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimulatedDataverse, "connection_reference", lambda *_: None)


def test_a_repeat_finds_its_run_though_its_reference_stands_for_nothing_any_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(bench)
    unbind(monkeypatch)
    bench.wait(FRESH_MS)  # nobody remembers what it stood for
    assert start(bench).id == run.id


def test_a_repeat_finds_its_run_though_dataverse_cannot_be_asked(bench: Bench) -> None:
    run = start(bench)
    with dataverse_down(bench):
        bench.wait(FRESH_MS)
        assert start(bench).id == run.id


def test_another_request_under_the_key_is_refused_before_anything_is_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(bench)
    unbind(monkeypatch)
    bench.wait(FRESH_MS)
    other = replace(BY_REFERENCE, run=replace(BY_REFERENCE.run, timeout=7))
    with pytest.raises(KeyReusedError):
        start(bench, other)


def die_before_the_run_is_made(bench: Bench, request: StartRequest = BY_REFERENCE) -> None:
    """Let the key stand, and no run under it."""
    died = bench.begin(
        lambda services: services.start(request, "key"),
        lambda _: any(name.startswith("keys:") for name in bench.world.table.partitions()),
    )
    assert died.stands
    bench.kill(died)


def test_a_key_whose_run_is_gone_for_its_age_is_free_for_another_request(bench: Bench) -> None:
    """It was refused as reused, if the request named a reference."""
    die_before_the_run_is_made(bench)
    bench.wait(bench.scenario.retention + 1_000)
    other = replace(BY_REFERENCE, run=replace(BY_REFERENCE.run, timeout=7))
    assert start(bench, other).request.timeout == 7


def test_a_run_whose_start_died_is_made_in_the_lane_that_its_key_names(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key stands, the run does not, and the reference is unbound by now."""
    die_before_the_run_is_made(bench)
    unbind(monkeypatch)
    bench.wait(FRESH_MS)
    run = start(bench)
    assert lane_of(run.id) == lane_id(ENVIRONMENT, CONNECTION)
    assert run.connection == CONNECTION


@EITHER
def test_only_the_first_of_requests_with_one_key_is_told_that_its_run_is_new(
    bench: Bench, request_: StartRequest
) -> None:
    first = started(bench, request_)
    assert first.new
    assert started(bench, request_) == replace(first, new=False)


def test_without_a_key_each_request_is_told_that_its_run_is_new(bench: Bench) -> None:
    runs = [started(bench, BY_NAME, None) for _ in range(2)]
    assert [each.new for each in runs] == [True, True]
    assert runs[0].run.id != runs[1].run.id


@EITHER
def test_whoever_makes_the_run_of_a_start_that_died_is_told_that_it_is_new(
    bench: Bench, request_: StartRequest
) -> None:
    die_before_the_run_is_made(bench, request_)
    assert started(bench, request_).new
    assert not started(bench, request_).new


def queue_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody else queue the very run just before this request does; or the SDK itself."""
    insert = RunTable.insert

    def twice(table: RunTable, *given: Any, **options: Any) -> Inserted:
        insert(table, *given, **options)
        return insert(table, *given, **options)

    monkeypatch.setattr(RunTable, "insert", twice)


@EITHER
def test_a_run_that_is_found_by_a_conflict_is_the_keys_already(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, request_: StartRequest
) -> None:
    queue_first(monkeypatch)
    assert not started(bench, request_).new


def test_without_a_key_a_conflict_is_the_storage_sdks_own_repetition(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can know the run's id, so this request has made it."""
    queue_first(monkeypatch)
    assert started(bench, BY_NAME, None).new


def test_a_new_request_with_a_reference_that_stands_for_nothing_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbind(monkeypatch)
    with pytest.raises(InvalidRequestError, match="connectionName"):
        start(bench)

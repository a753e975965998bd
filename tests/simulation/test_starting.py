"""A start is answered from its own record first: what others say by then changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.identifiers import lane_id, lane_of
from shared.domain.request import ConnectionType, RunMode, RunRequest, StartRequest
from shared.domain.run import Run
from shared.services.starting.connections import FRESH_MS
from shared.services.starting.start import KeyReusedError
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


def start(bench: Bench, request: StartRequest = BY_REFERENCE) -> Run:
    return bench.do(lambda services: services.start(request, "key"))


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


def die_before_the_run_is_made(bench: Bench) -> None:
    """Let the key stand, and no run under it."""
    died = bench.begin(
        lambda services: services.start(BY_REFERENCE, "key"),
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


def test_a_new_request_with_a_reference_that_stands_for_nothing_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbind(monkeypatch)
    with pytest.raises(InvalidRequestError, match="connectionName"):
        start(bench)

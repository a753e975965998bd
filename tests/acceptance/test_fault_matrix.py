"""Promise 7: every kind of call the app makes, failing in every way, and the promises kept.

A cell is a kind of call (tests/support/faulty/calls.py) that fails in one way (network.py) for a
run or a few on a lane of their own, so that many cells run side by side, in one app.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from tests.support.broker import most_in_any_window
from tests.support.faulty.calls import CALLS, Call, Robot
from tests.support.faulty.cells import Cell, run_all
from tests.support.faulty.first_use import FIRST_USE, first_minute
from tests.support.faulty.network import (
    ANSWERS,
    CUTS,
    DELAYS,
    FAILURES,
    LASTING,
    Failure,
)
from tests.support.faulty.world import LIMIT, WINDOW_SECONDS, faulty_world


def differs(call: Call, failure: Failure) -> bool:
    """Say whether the failure is one of its own: a read that is lost is a read never made."""
    return not (call.reads and failure.loses_work_done)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Cell]:
    """All cells, run: each group of failures in a world of its own, side by side."""
    waves = [_wave(failures) for failures in (CUTS, ANSWERS, DELAYS)]
    with ThreadPoolExecutor(len(waves) + 5) as pool:
        running = [pool.submit(_run, tmp_path_factory.mktemp("world"), wave) for wave in waves]
        firsts = [
            pool.submit(first_minute, tmp_path_factory.mktemp("first"), failure)
            for failure in reversed(LASTING)
        ]
        for each in running:
            each.result()
        waves += [first.result() for first in firsts]
    return {(cell.call.name, cell.failure.name): cell for wave in waves for cell in wave}


def _wave(failures: Iterable[Failure]) -> list[Cell]:
    pairs = [
        (call, failure) for failure, call in product(failures, CALLS) if differs(call, failure)
    ]
    return [
        Cell(call, failure, f"shared-load-{number}")
        for number, (call, failure) in enumerate(pairs, start=100)
    ]


def _run(folder: Path, wave: list[Cell]) -> None:
    with faulty_world(folder) as world:
        run_all(world, wave)


@pytest.mark.parametrize(
    ("call", "failure"),
    [
        (call.name, failure.name)
        for call, failure in (*product(CALLS, FAILURES), *product(FIRST_USE, LASTING))
        if differs(call, failure)
    ],
)
def test_the_promises_are_kept(
    matrix: dict[tuple[str, str], Cell], call: str, failure: str
) -> None:
    cell = matrix[call, failure]
    assert not cell.problem
    assert cell.hits > 0, "the fault did not hit"
    _nothing_is_lost(cell)
    _robots_work_once(cell)
    _the_limit_is_kept(cell)
    assert set(cell.answers) <= {200, 202, 503}


def _nothing_is_lost(cell: Cell) -> None:
    ending = "Cancelled" if cell.call.robot is Robot.CANCELLED else "Succeeded"
    assert [run["status"] for run in cell.runs] == [ending] * cell.call.runs
    assert len(cell.left) == cell.call.runs, "one row a run: no place in the backlog, no look"


def _robots_work_once(cell: Cell) -> None:
    own = [run["flowSessionId"] for run in cell.runs]
    told = [double for run in cell.runs for double in run["doubleFlowSessionIds"]]
    assert sorted(session.id for session in cell.sessions) == sorted(own + told)
    assert told == []


def _the_limit_is_kept(cell: Cell) -> None:
    arrivals = [each.arrived_ms for each in cell.submissions if each.outcome != "refused"]
    assert most_in_any_window(arrivals, WINDOW_SECONDS * 1000) <= LIMIT

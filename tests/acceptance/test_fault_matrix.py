"""Promise 7: every kind of call the app makes, failing in every way, and the promises kept.

A cell is a kind of call (tests/support/faulty/calls.py) that fails in one way (network.py) for a
run or a few on a lane of their own, so that many cells run side by side, in one app.
"""

from __future__ import annotations

import pytest

from tests.support.broker import most_in_any_window
from tests.support.faulty.calls import CALLS
from tests.support.faulty.cells import Cell, run_all
from tests.support.faulty.network import ANSWERS, CUTS, FAILURES
from tests.support.faulty.world import LIMIT, WINDOW_SECONDS, faulty_world

pytestmark = pytest.mark.timeout(300)  # the first test of a wave waits for all of its cells


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Cell]:
    """All cells, run."""
    numbers = iter(range(100, 10_000))
    cells: list[Cell] = []
    for failures in (CUTS, ANSWERS):
        with faulty_world(tmp_path_factory.mktemp("matrix")) as world:
            wave = [
                Cell(call, failure, f"shared-load-{next(numbers)}")
                for failure in failures
                for call in CALLS
            ]
            run_all(world, wave)
            cells += wave
    return {(cell.call.name, cell.failure.name): cell for cell in cells}


@pytest.mark.parametrize("failure", [failure.name for failure in FAILURES])
@pytest.mark.parametrize("call", [call.name for call in CALLS])
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
    ending = "Cancelled" if cell.call.cancel else "Succeeded"
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

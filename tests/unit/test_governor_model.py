"""Several processes, one user, limits of real size: most of what is allowed, and few refusals."""

from __future__ import annotations

import pytest

from shared.domain.protection import Protection
from tests.simulation.mutated_governor import stops_end_by_answers_alone
from tests.support.user_world import World

WINDOW = Protection().window
AT_LEAST = 0.9
ALONE, TOGETHER = 0.005, 0.05
"""The share of requests that may be refused: of one process, and of several that share no word."""


@pytest.mark.parametrize("lasts", [0.1, 0.5, 1.0])
@pytest.mark.parametrize(("processes", "most"), [(1, ALONE), (4, TOGETHER)])
def test_processes_use_what_their_user_is_allowed(
    processes: int, most: float, lasts: float
) -> None:
    """At 0.1 s a call the requests bind, from 0.2 s on the execution time."""
    world = World(processes, lasts).run(2 * WINDOW)
    assert world.spent(0, 2 * WINDOW) >= AT_LEAST
    assert world.user.share_refused() <= most, world.user.refused


@pytest.mark.parametrize("lasts", [0.1, 1.0])
def test_one_process_keeps_to_the_limits_though_no_answer_tells_what_is_left(
    lasts: float,
) -> None:
    world = World(1, lasts, tells=False).run(2 * WINDOW)
    assert world.spent(0, 2 * WINDOW) >= 0.8
    assert world.user.share_refused() <= ALONE, world.user.refused


def test_where_less_at_once_is_allowed_than_documented_the_width_is_found() -> None:
    """Somebody else uses the same user: what is left at once is told by refusals alone."""
    world = World(1, 1.0)
    world.user.limits = Protection(at_once=12)
    world.run(WINDOW)
    assert world.spent(0, WINDOW) >= AT_LEAST
    assert world.user.share_refused() <= TOGETHER, world.user.refused


def test_a_stop_that_only_answers_end_is_found_out() -> None:
    """Where nothing is under way, nobody answers: the model stands still."""
    with stops_end_by_answers_alone():
        world = World(1, 1.0, looks=0.0).run(2 * WINDOW)
    assert world.spent(0, 2 * WINDOW) < AT_LEAST

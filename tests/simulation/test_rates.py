"""Many lanes go as fast as their connections allow, or as their user does, and none is starved.

`python -m tests.simulation.rates` prints what each of these worlds reaches.
"""

from __future__ import annotations

import functools

import pytest

from tests.simulation.loads import LOADS
from tests.simulation.rates import Measured, measure

TARGETS = {
    "one lane, one instance": 0.98,
    "one lane, four instances": 0.98,
    "ten lanes at once, one instance": 0.97,
    "ten lanes, one instance": 0.98,
    "ten lanes, four instances": 0.98,
    "eighty lanes at once, one instance": 0.97,
    "eighty lanes, one instance": 0.97,
    "eighty lanes, four instances": 0.97,
    "ten lanes beside two that hang, one instance": 0.97,
    "ten lanes beside two that hang, four instances": 0.97,
}
"""The least share of its limit that each lane has to reach. The first window takes half a second
more than it has to: the governor finds out how many calls it may have under way."""

BOUND = [name for name, load in LOADS.items() if load.user is not None]
USED, FAIR = 0.9, 0.7
REFUSED = {1: 0.005, 4: 0.05}
"""The largest share of 429s, by the number of instances: they share no governor."""


@functools.cache
def measured(name: str) -> Measured:
    return measure(LOADS[name])


def test_every_world_has_its_target() -> None:
    assert {*TARGETS, *BOUND} == set(LOADS)


@pytest.mark.parametrize("name", TARGETS)
def test_every_lane_keeps_its_rate(name: str) -> None:
    """Rate, its second half: while runs wait, the lane submits as fast as it may."""
    found = measured(name)
    assert not found.broken
    assert found.poorest >= TARGETS[name], sorted(found.shares)


@pytest.mark.parametrize("name", BOUND)
def test_what_the_user_is_allowed_is_used(name: str) -> None:
    found = measured(name)
    assert not found.broken
    assert found.used >= USED


@pytest.mark.parametrize("name", BOUND)
def test_the_user_is_hardly_ever_refused(name: str) -> None:
    """A refusal holds all lanes; who asks for no more than there is meets none."""
    found = measured(name)
    assert found.refused_share <= REFUSED[LOADS[name].instances]


@pytest.mark.parametrize("name", BOUND)
def test_no_lane_is_starved_where_the_user_binds(name: str) -> None:
    found = measured(name)
    assert found.fairness >= FAIR, sorted(found.submitted)


def test_the_limit_that_is_to_bind_binds() -> None:
    """Else these worlds would show nothing: their lanes could submit more than the user may."""
    for name in BOUND:
        load = LOADS[name]
        assert load.user is not None
        lanes = load.lanes * load.limit * load.minutes
        minutes = load.minutes * 60_000 / load.user.window
        least_requests, least_work = 1.05 * lanes, lanes * load.submits_for
        requests, work = minutes * load.user.requests, minutes * load.user.execution
        assert least_requests > 1.2 * requests or least_work > 1.2 * work

"""A world in which nothing gets on, or a lane stands that could go on, is found and told of."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from shared.domain.window import Pace
from shared.services.rounds.sweep import Sweep
from shared.services.wake import Waker
from shared.storage.lanes import LaneTable
from tests.simulation.chaos import Rates
from tests.simulation.lives import plain, wishes
from tests.simulation.world import World

PACE = Pace(limit=3, window=20_000, deadline=10_000, margin=250)


def world_of(runs: int) -> World:
    scenario = plain(wishes(runs), pace=PACE, works_up_to=5_000, faults_end=60_000, rates=Rates())
    return World(scenario, verbose=True)


@pytest.fixture(autouse=True)
def _the_sweep_wakes_nobody() -> Iterator[None]:
    with patch.object(Sweep, "__call__", lambda _: None):
        yield


def test_a_lane_that_goes_on_is_found_to_be_well() -> None:
    world = world_of(9)
    world.run()
    assert not world.promises.broken


def test_a_wake_up_that_nobody_sends_is_found_before_the_sweep_helps() -> None:
    world = world_of(9)
    with patch.object(Waker, "send_for", lambda *_: None):
        world.run()
    (broken,) = world.promises.broken
    assert broken.startswith("idle: connection-0 could have gone on for 1")
    assert world.history.lines


def test_claims_that_never_succeed_are_a_livelock() -> None:
    """Each of them takes its time, and is followed by the next: the world would go on for ever."""
    world = world_of(3)
    with (
        patch.object(LaneTable, "claim", lambda *_, **__: None),
        patch("tests.simulation.going.GRACE_MS", 10**9),
        patch("tests.simulation.going.STUCK_MS", 120_000),
    ):
        world.run()
    (broken,) = world.promises.broken
    assert broken.startswith("livelock: ")
    assert "and no run of connection-0 got on" in broken


def test_events_without_time_are_a_livelock() -> None:
    world = world_of(1)

    def again() -> None:
        world.scheduler.after(0, again)

    world.scheduler.after(0, again)
    world.run()
    (broken,) = world.promises.broken
    assert broken.startswith("livelock: time stands still")


def test_a_process_that_only_looks_at_its_clock_is_a_livelock() -> None:
    """It would never give way: without this the simulation itself would hang."""
    world = world_of(1)

    def turns_in_circles(self: Waker, lane_id: str) -> None:
        while self.clock.monotonic() >= 0:
            assert lane_id

    with patch.object(Waker, "wake_soon", turns_in_circles):
        world.run()
    (broken,) = world.promises.broken
    assert broken.startswith("livelock: time stands still")

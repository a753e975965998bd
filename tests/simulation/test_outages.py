"""Outages, counted: a lane that backs away sends one run to find out, not a window full of them."""

from __future__ import annotations

import pytest

from tests.simulation.chaos import Outage, Service
from tests.simulation.lives import MINUTE, SUBMISSIONS, begin, plain, wishes

LANES = 3
DOWN = Outage(Service.DATAVERSE, 12 * MINUTE, 22 * MINUTE)
PAUSES = 14
"""2, 4, 8, 16, 32 and then 60 seconds: so many ends of pauses are in ten minutes."""


@pytest.mark.parametrize("queued", [30, 300])
def test_ten_minutes_of_outage_cost_each_lane_a_window_and_then_one_run_a_pause(
    monkeypatch: pytest.MonkeyPatch, queued: int
) -> None:
    """Three lanes of 70 sent 1,319 submissions in ten minutes, of which none could arrive."""
    asked_for = wishes(LANES * queued, lanes=LANES, at=DOWN.begins)
    scenario = plain(asked_for, instances=3, lanes=LANES, works_up_to=MINUTE, outages=(DOWN,))
    life = begin(scenario, monkeypatch)
    life.live(DOWN.ends)
    sent = life.count(DOWN.begins, DOWN.ends, SUBMISSIONS)
    first = life.count(DOWN.begins, DOWN.begins + 10_000, SUBMISSIONS)
    assert first <= LANES * (70 + 2)
    assert sent - first <= LANES * PAUSES
    life.live(DOWN.ends + 20 * MINUTE)
    life.rest()
    assert set(life.statuses()) == {"Succeeded"}

"""A lane: when it may submit, whether a wake-up will come, and how it backs away."""

from dataclasses import replace

import pytest

from shared.domain.lane import FIRST_BACK_OFF, LAST_BACK_OFF, Lane
from shared.domain.window import Pace

PACE = Pace(limit=3, window=60, deadline=100, margin=7)
NOW = 1_000
LANE = Lane("0123456789abcdef", "org.crm.dynamics.com", "shared_uiflow_1")


def full(at: int) -> Lane:
    """Give a lane whose slots were all claimed at a time."""
    return replace(LANE, window=LANE.window.take("a", PACE.limit, at, PACE))


class TestReadiness:
    def test_a_new_lane_is_ready_with_all_slots(self) -> None:
        assert LANE.free(NOW, PACE) == PACE.limit
        assert LANE.ready_at(NOW, PACE) == NOW

    def test_a_paused_lane_has_no_slot_until_the_pause_is_over(self) -> None:
        lane = LANE.pause(NOW + 50)
        assert lane.free(NOW + 49, PACE) == 0
        assert lane.ready_at(NOW, PACE) == NOW + 50
        assert lane.free(NOW + 50, PACE) == PACE.limit

    def test_a_full_lane_is_ready_when_the_first_hold_ends(self) -> None:
        assert full(NOW).ready_at(NOW, PACE) == NOW + PACE.claimed_hold

    @pytest.mark.parametrize("pause", [1, 10_000])
    def test_both_a_pause_and_a_hold_have_to_be_over(self, pause: int) -> None:
        lane = full(NOW).pause(NOW + pause)
        assert lane.ready_at(NOW, PACE) == NOW + max(pause, PACE.claimed_hold)

    def test_a_pause_is_never_shortened(self) -> None:
        """Of two throttled answers the longer wait holds, whichever comes last."""
        lane = LANE.pause(NOW + 50)
        assert lane.pause(NOW + 20) is lane
        assert lane.pause(NOW + 60).paused_until == NOW + 60


class TestWakeUps:
    @pytest.mark.parametrize(
        ("wake_at", "live"),
        [(0, False), (NOW - 1, False), (NOW, False), (NOW + 1, True), (NOW + 50, True)],
    )
    def test_a_wake_up_that_is_to_come_counts_as_set(self, wake_at: int, live: bool) -> None:
        assert replace(LANE, wake_at=wake_at).has_live_wake_up(NOW, NOW + 50) is live

    def test_a_wake_up_after_the_lane_is_ready_does_not_count(self) -> None:
        """It was set for the long holds of calls in flight, which have been answered since."""
        assert not replace(LANE, wake_at=NOW + 51).has_live_wake_up(NOW, NOW + 50)

    def test_a_lane_that_is_ready_has_no_live_wake_up(self) -> None:
        """Whoever asks is to work it now."""
        lane = replace(LANE, wake_at=NOW + 1)
        assert not lane.has_live_wake_up(NOW, lane.ready_at(NOW, PACE))


class TestBackingAway:
    def test_each_failure_in_a_row_doubles_the_pause_up_to_a_minute(self) -> None:
        lane, now, pauses = LANE, NOW, []
        for _ in range(8):
            lane = lane.back_away(now)
            pauses.append(lane.paused_until - now)
            now = lane.paused_until
        assert pauses == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
        assert (pauses[0], pauses[-1]) == (FIRST_BACK_OFF, LAST_BACK_OFF)
        assert lane.back_off == 8

    def test_failures_at_one_time_count_once(self) -> None:
        """Many calls fail together, for one reason."""
        once = LANE.back_away(NOW)
        assert once.back_away(NOW + 1) is once

    def test_a_lane_that_has_failed_for_months_still_pauses_a_minute(self) -> None:
        lane = replace(LANE, back_off=1_000_000).back_away(NOW)
        assert lane.paused_until == NOW + LAST_BACK_OFF

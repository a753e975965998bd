"""A lane: when it may submit, whether a wake-up will come, and how it backs away."""

from dataclasses import replace

import pytest

from shared.domain.lane import FIRST_BACK_OFF, LAST_BACK_OFF, Lane, Setback
from shared.domain.pause import LONGEST, NO_PAUSE, SHORTEST, Pause
from shared.domain.window import Pace

PACE = Pace(limit=3, window=60, deadline=100, margin=7)
NOW = 1_000
LANE = Lane("0123456789abcdef", "org.crm.dynamics.com", "shared_uiflow_1")


def full(at: int) -> Lane:
    """Give a lane whose slots were all claimed at a time."""
    return replace(LANE, window=LANE.window.take("a", PACE.limit, at, PACE))


def until(at: int) -> Pause:
    return Pause(at, "Code", "words", NOW)


class TestReadiness:
    def test_a_new_lane_is_ready_with_all_slots(self) -> None:
        assert LANE.free(NOW, PACE) == PACE.limit
        assert LANE.ready_at(NOW, PACE) == NOW

    def test_a_paused_lane_has_no_slot_until_the_pause_is_over(self) -> None:
        lane = LANE.wait(until(NOW + 50))
        assert lane.free(NOW + 49, PACE) == 0
        assert lane.ready_at(NOW, PACE) == NOW + 50
        assert lane.free(NOW + 50, PACE) == PACE.limit

    def test_a_full_lane_is_ready_when_the_first_hold_ends(self) -> None:
        assert full(NOW).ready_at(NOW, PACE) == NOW + PACE.claimed_hold

    @pytest.mark.parametrize("pause", [1, 10_000])
    def test_both_a_pause_and_a_hold_have_to_be_over(self, pause: int) -> None:
        lane = full(NOW).wait(until(NOW + pause))
        assert lane.ready_at(NOW, PACE) == NOW + max(pause, PACE.claimed_hold)

    def test_a_pause_is_never_shortened(self) -> None:
        """Of two throttled answers the longer wait holds, whichever comes last."""
        lane = LANE.wait(until(NOW + 50))
        assert lane.wait(until(NOW + 20)) is lane
        assert lane.wait(until(NOW + 60)).paused_until == NOW + 60


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


UNREACHABLE = Setback("Unreachable", "connection refused")


class TestSetbacks:
    def test_each_failure_in_a_row_doubles_the_pause_up_to_a_minute(self) -> None:
        lane, now, pauses = LANE, NOW, []
        for _ in range(8):
            lane = lane.set_back(UNREACHABLE, now)
            pauses.append(lane.paused_until - now)
            now = lane.paused_until
        assert pauses == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
        assert (pauses[0], pauses[-1]) == (FIRST_BACK_OFF, LAST_BACK_OFF)
        assert lane.back_off == 8
        assert lane.pause.since == NOW, "one reason, since it came up"

    def test_failures_at_one_time_count_once(self) -> None:
        """Many calls fail together, for one reason."""
        once = LANE.set_back(UNREACHABLE, NOW)
        assert once.set_back(UNREACHABLE, NOW + 1) is once

    def test_a_lane_that_has_failed_for_months_still_pauses_a_minute(self) -> None:
        lane = replace(LANE, back_off=1_000_000).set_back(UNREACHABLE, NOW)
        assert lane.paused_until == NOW + LAST_BACK_OFF

    @pytest.mark.parametrize(
        ("asked", "waits"),
        [
            (0, [1_000, 2_000, 4_000]),
            (1, [1_000, 2_000, 4_000]),
            (3_000, [3_000, 3_000, 4_000]),
            (10**15, [LONGEST] * 3),
        ],
    )
    def test_a_wait_that_is_asked_for_again_grows_and_has_bounds(
        self, asked: int, waits: list[int]
    ) -> None:
        """A Retry-After of 0 gave 15 attempts in three seconds."""
        lane, now, pauses = LANE, NOW, []
        for _ in range(3):
            lane = lane.set_back(Setback("Throttled", "less", asked, SHORTEST), now)
            pauses.append(lane.paused_until - now)
            now = lane.paused_until
        assert pauses == waits

    def test_of_two_throttled_answers_the_longer_wait_holds(self) -> None:
        lane = LANE.set_back(Setback("Throttled", "less", 20_000), NOW)
        lane = lane.set_back(Setback("Throttled", "less", 90_000), NOW + 1)
        assert (lane.paused_until, lane.back_off) == (NOW + 90_001, 1)

    def test_after_a_pause_one_run_finds_out_for_all(self) -> None:
        lane = LANE.set_back(UNREACHABLE, NOW)
        now = lane.paused_until
        assert lane.free(now, PACE) == 1
        finding = lane.take("finder", 1, now, PACE)
        assert finding.free(now + 1, PACE) == 0
        assert finding.ready_at(now + 1, PACE) == now + PACE.deadline, "its process may have died"
        assert finding.found_out("another").free(now + 1, PACE) == 0
        assert finding.found_out("finder").free(now + 1, PACE) == 1
        assert finding.found_out("finder").go_on(now + 1).free(now + 1, PACE) == PACE.limit - 1

    def test_an_answer_from_before_a_pause_does_not_end_it(self) -> None:
        lane = LANE.set_back(UNREACHABLE, NOW)
        assert lane.go_on(NOW + 1) is lane

    def test_the_next_reason_has_a_beginning_of_its_own(self) -> None:
        lane = LANE.set_back(UNREACHABLE, NOW)
        lane = lane.set_back(Setback("NoToken", "no token"), NOW + 5_000)
        assert (lane.pause.code, lane.pause.since) == ("NoToken", NOW + 5_000)


class TestAnOperatorsPause:
    def test_it_holds_beside_the_lane_s_own_and_is_told_first(self) -> None:
        lane = LANE.set_back(UNREACHABLE, NOW).stop(until(NOW + 90_000))
        waits = lane.waits(NOW)
        assert waits is not None
        assert (waits.code, lane.free(NOW + 89_999, PACE)) == ("Code", 0)
        assert lane.ready_at(NOW, PACE) == NOW + 90_000

    def test_resuming_leaves_the_lane_s_own_pause(self) -> None:
        lane = LANE.set_back(UNREACHABLE, NOW).stop(until(NOW + 90_000)).resume(NOW)
        assert (lane.stopped, lane.paused_until) == (NO_PAUSE, NOW + 2_000)

    def test_the_same_again_changes_nothing(self) -> None:
        once = LANE.stop(until(NOW + 90_000))
        assert once.stop(replace(until(NOW + 90_000), since=NOW + 5)) == once

"""A lane as operators see it: counts as they were seen, slots as they are by now."""

from dataclasses import replace

from shared.domain.lane import Lane
from shared.domain.lane_state import NONE, UNCOUNTED, Count, LaneState
from shared.domain.pause import FOR_EVER, Pause
from shared.domain.window import ClaimedSlots, SubmissionWindow
from shared.services.reading.lane_view import WindowView, view_of
from tests.support.runs import NOW, PACE

LANE = Lane("0" * 16, "org", "shared_uiflow_1")
IDLE = LaneState(LANE, NONE, NONE, NONE, None, NOW)


def held(*ends: int, claimed: int = 0) -> LaneState:
    slots = (ClaimedSlots("a", claimed, NOW + PACE.claimed_hold),) if claimed else ()
    return replace(IDLE, lane=replace(LANE, window=SubmissionWindow(ends, slots)))


def test_slots_that_free_within_a_second_are_told_together() -> None:
    state = held(NOW + 1, NOW + 1_000, NOW + 1_001, claimed=4)
    window = view_of(state, NOW, PACE).window
    assert window == WindowView(70, 63, 4, ((NOW + 1_000, 2), (NOW + 2_000, 1)))


def test_time_goes_on_for_a_lane_that_was_seen_a_while_ago() -> None:
    later = NOW + 90_000
    view = view_of(held(NOW + 60_000), later, PACE)
    assert (view.as_of, view.slots_free, view.window) == (NOW, 70, WindowView(70, 70))


def test_what_was_used_in_the_last_minute_is_counted() -> None:
    used = [NOW + PACE.answered_hold - seconds * 1_000 for seconds in (1, 30, 59, 60)]
    assert view_of(held(*used), NOW, PACE).last_minute == 3


def test_of_a_lane_that_nobody_has_seen_nothing_is_claimed() -> None:
    view = view_of(LaneState(LANE), NOW, PACE)
    assert view.at_least == ["backlog", "activeFlowSessions", "runsNeedingOperator"]
    assert (view.as_of, view.slots_free, view.next_slot_at) == (None, 0, None)
    assert view.window == WindowView(70)


def test_a_lane_that_somebody_stopped_has_no_next_slot() -> None:
    stopped = LANE.stop(Pause(FOR_EVER, "LanePaused", "closed", NOW))
    view = view_of(replace(IDLE, lane=stopped), NOW, PACE)
    assert (view.slots_free, view.next_slot_at, view.window.free) == (0, None, 70)
    assert view.pause == stopped.stopped


def test_a_lane_is_idle_if_all_its_counts_are_known_to_be_nothing() -> None:
    assert IDLE.idle
    assert not LaneState(LANE).idle
    for count in (UNCOUNTED, Count(1, exact=True)):
        assert not replace(IDLE, active=count).idle
        assert not replace(IDLE, needing=count).idle
        assert not replace(IDLE, backlog=count).idle

"""A lane keeps how many submissions each minute of the last hour had: few numbers, and exact."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.lane import Lane
from shared.domain.lane_state import NONE, LaneState, Queued
from shared.domain.minutes import MINUTE_MS, MINUTES, NO_MINUTES, Minutes, read_minutes
from shared.services.reading.lane_view import view_of
from shared.services.submitting.landing import Landing, Slot
from shared.services.submitting.settle import settled, settlements
from tests.support.runs import LANE, NOW, PACE, RUN_ID

IDLE = Lane(LANE, "org", "shared_uiflow_1")


@given(st.lists(st.tuples(st.integers(0, 3 * MINUTES), st.integers(1, 70)), max_size=50))
def test_each_minute_of_the_last_hour_is_counted_and_none_before(
    submissions: list[tuple[int, int]],
) -> None:
    kept = NO_MINUTES
    for minute, count in sorted(submissions):
        kept = kept.add(count, NOW + minute * MINUTE_MS)
    last = max((minute for minute, _ in submissions), default=0)
    expected = [
        sum(count for each, count in submissions if each == minute)
        for minute in range(last - MINUTES + 1, last + 1)
    ]
    told = kept.until(NOW + last * MINUTE_MS)
    assert [0] * (MINUTES - len(told)) + [*told] == expected
    assert not told or told[0]
    assert read_minutes(kept.text) == kept
    assert len(kept.text) < 400


def test_minutes_without_any_go_by() -> None:
    kept = NO_MINUTES.add(7, NOW)
    assert kept.until(NOW + 3 * MINUTE_MS) == (7, 0, 0, 0)
    assert kept.until(NOW + MINUTES * MINUTE_MS) == ()


def test_a_clock_that_is_behind_counts_in_the_last_minute() -> None:
    assert NO_MINUTES.add(1, NOW).add(2, NOW - 5 * MINUTE_MS).until(NOW) == (3,)


@pytest.mark.parametrize("text", ["", "x", "1,2,x", ","])
def test_what_cannot_be_read_stops_no_lane(text: str) -> None:
    assert read_minutes(text) == Minutes()


def test_a_claim_counts_itself_and_what_was_never_sent_is_taken_off() -> None:
    lane = IDLE.take("a", 5, NOW, PACE)
    assert lane.minutes.until(NOW) == (5,)
    landings = [Landing("a", Slot.UNSENT, NOW)] * 2 + [Landing("a", Slot.ANSWERED, NOW)] * 3
    claims = settlements({"a": 5}, landings)
    lane = settled(lane, claims, landings, NOW, PACE)
    assert lane.minutes.until(NOW) == (3,)
    assert settled(lane, claims, landings, NOW, PACE).minutes == lane.minutes, "once"


def test_the_first_places_of_a_backlog_are_told_with_their_turns() -> None:
    """One that is put off waits for its time, whatever is free before."""
    first = (Queued(RUN_ID, NOW - 5, 0), Queued(RUN_ID, NOW + 30_000, 2))
    state = LaneState(IDLE, NONE, NONE, NONE, None, NOW, first)
    next_one, later = view_of(state, NOW, PACE).first
    assert (next_one.place, next_one.submission_at, next_one.waits_until) == (0, NOW, None)
    assert (later.place, later.submission_at, later.attempts) == (1, NOW + 30_000, 2)
    assert later.waits_until == NOW + 30_000
    assert view_of(replace(state, first=()), NOW, PACE).first == ()

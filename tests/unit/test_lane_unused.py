"""Whether a lane may leave the list, by what it keeps itself."""

from shared.domain.lane import Lane, Setback
from shared.domain.pause import FOR_EVER, Pause
from tests.support.runs import NOW, PACE

LANE = Lane("0" * 16, "org", "shared_uiflow_1")


def test_a_lane_that_keeps_nothing_may_leave() -> None:
    assert LANE.is_unused(NOW, NOW)


def test_a_lane_stays_whose_slots_were_held_since_then() -> None:
    lane = LANE.take("a", 1, NOW, PACE)
    ends = NOW + PACE.claimed_hold
    assert [lane.is_unused(ends + 9, since) for since in (ends - 1, ends)] == [False, True]


def test_a_lane_stays_as_long_as_it_waits() -> None:
    for lane in (
        LANE.stop(Pause(FOR_EVER, "LanePaused", "closed", NOW)),
        LANE.set_back(Setback("Unreachable", "refused"), NOW),
    ):
        assert not lane.is_unused(NOW + 1, NOW)
    assert LANE.set_back(Setback("Unreachable", "refused"), NOW).is_unused(NOW + 60_000, NOW)

"""The emulator's window of arrivals, by which it judges the product."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from local.emulator.window import ArrivalWindow

WINDOW = 60_000


def test_there_is_room_until_the_limit_and_again_when_the_oldest_leaves() -> None:
    window = ArrivalWindow()
    for at in (1000, 2000, 3000):
        assert window.wait_ms(at, 3, WINDOW) == 0
        window.add(at, WINDOW)
    assert window.wait_ms(4000, 3, WINDOW) == 57_000
    assert window.wait_ms(60_999, 3, WINDOW) == 1
    assert window.wait_ms(61_000, 3, WINDOW) == 0


def test_a_fixed_window_begins_anew_at_every_full_minute() -> None:
    window = ArrivalWindow()
    window.add(119_999, WINDOW)
    assert window.wait_ms(119_999, 1, WINDOW, "fixed") == 1
    assert window.wait_ms(120_000, 1, WINDOW, "fixed") == 0


def test_a_limit_that_was_lowered_waits_for_all_that_are_too_many() -> None:
    window = ArrivalWindow()
    for at in (1000, 2000, 3000):
        window.add(at, WINDOW)
    assert window.wait_ms(4000, 1, WINDOW) == 59_000
    assert window.wait_ms(4000, 0, WINDOW) > 0


@given(st.lists(st.integers(0, 400), max_size=200), st.integers(1, 10), st.integers(10, 100))
def test_no_window_ever_holds_more_than_the_limit(
    steps: list[int], limit: int, length: int
) -> None:
    window, now, admitted = ArrivalWindow(), 1_000_000, []
    for step in steps:
        now += step // 10
        if not window.wait_ms(now, limit, length):
            window.add(now, length)
            admitted.append(now)
    for first in admitted:
        assert sum(first <= at < first + length for at in admitted) <= limit


@given(st.lists(st.integers(0, 50), min_size=1, max_size=50), st.integers(1, 5))
def test_after_the_wait_it_told_there_is_room(steps: list[int], limit: int) -> None:
    window, now = ArrivalWindow(), 1_000_000
    for step in steps:
        now += step
        window.add(now, 100)
    assert window.wait_ms(now + window.wait_ms(now, limit, 100), limit, 100) == 0

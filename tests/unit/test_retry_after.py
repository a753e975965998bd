"""Retry-After: whatever another service asks for, what is obeyed lies within bounds."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.http.retry_after import retry_after

NOW = "Thu, 26 Nov 2026 08:00:00 GMT"
LONGEST = 600.0


def read(value: str, **headers: str) -> float | None:
    return retry_after({"Retry-After": value, "Date": NOW} | headers, LONGEST)


@pytest.mark.parametrize(("value", "seconds"), [("1", 1), ("7", 7), (" 30 ", 30), ("1.5", 1.5)])
def test_seconds_are_obeyed(value: str, seconds: float) -> None:
    assert read(value) == seconds


@pytest.mark.parametrize("value", ["0", "-1", "0.0", "-0", "0.2", "-1e9", "-inf", "+0"])
def test_less_than_a_second_is_one(value: str) -> None:
    """`0` made a lane submit fifteen times in three seconds."""
    assert read(value) == 1


@pytest.mark.parametrize("value", ["601", "1e9", "inf", "Infinity", "9" * 5_000, "1e999"])
def test_more_than_the_longest_is_the_longest(value: str) -> None:
    assert read(value) == LONGEST


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Thu, 26 Nov 2026 08:00:30 GMT", 30),
        ("Thursday, 26-Nov-26 08:00:30 GMT", 30),
        ("Thu, 26 Nov 2026 09:00:30 +0100", 30),
        ("Thu, 26 Nov 2026 08:00:00 GMT", 1),
        ("Thu, 26 Nov 2020 08:00:00 GMT", 1),
        ("Mon, 01 Jan 0001 00:00:00 GMT", 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
    ],
)
def test_a_date_is_obeyed_by_the_clock_of_whoever_wrote_it(value: str, seconds: float) -> None:
    assert read(value) == seconds


def test_a_date_without_the_time_of_the_answer_is_read_by_our_own_clock() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    for told in ({}, {"Date": ""}, {"Date": "today"}):
        asked = retry_after({"Retry-After": until} | told, LONGEST)
        assert asked is not None
        assert 90 < asked <= 100


@pytest.mark.parametrize(
    "value",
    ["", "soon", "nan", "1 minute", "1,5", "0x10", "1_0", "٣", "Thu, 99 Nov 2026 08:00:30 GMT",
     "2026-11-26T08:00:30Z", "--1", "e5", "."],
)  # fmt: skip
def test_what_is_neither_asks_for_nothing(value: str) -> None:
    assert read(value) is None


def test_without_the_header_nothing_is_asked_for() -> None:
    assert retry_after({}, LONGEST) is None


@settings(max_examples=300, deadline=None, derandomize=True)
@given(value=st.text(max_size=40) | st.datetimes().map(format_datetime) | st.floats().map(str))
def test_any_text_is_a_wait_within_bounds_or_none(value: str) -> None:
    asked = read(value)
    assert asked is None or 1 <= asked <= LONGEST

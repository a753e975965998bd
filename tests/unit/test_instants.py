"""Instants: milliseconds inside, UTC ISO 8601 outside."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.instants import LAST, from_iso, from_iso_if_readable, to_iso
from tests.support.runs import instants


@settings(max_examples=200, deadline=None, derandomize=True)
@given(instant=instants)
def test_an_instant_reads_back_as_it_was_written(instant: int) -> None:
    assert from_iso(to_iso(instant)) == instant
    assert datetime.fromisoformat(to_iso(instant)).timestamp() == pytest.approx(instant / 1000)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_540_000_007, "2026-11-24T17:06:40.007Z"),
        (951_782_400_999, "2000-02-29T00:00:00.999Z"),
    ],
)
def test_an_instant_is_written_with_milliseconds_and_a_z(instant: int, text: str) -> None:
    """Always as long, so that texts sort as the times do."""
    assert to_iso(instant) == text


@pytest.mark.parametrize(
    "text",
    [
        "2022-09-05T08:04:11Z",
        "2022-09-05T08:04:11",
        "2022-09-05T08:04:11.000Z",
        "2022-09-05T08:04:11.0004999Z",
        "2022-09-05T08:04:11+00:00",
        "2022-09-05T10:04:11+02:00",
    ],
)
def test_times_are_read_as_dataverse_and_storage_write_them(text: str) -> None:
    """With or without a fraction; without a zone they are UTC."""
    assert from_iso(text) == datetime(2022, 9, 5, 8, 4, 11, tzinfo=UTC).timestamp() * 1000


@settings(max_examples=200, deadline=None, derandomize=True)
@given(instant=st.integers())
def test_whatever_is_written_can_be_read(instant: int) -> None:
    """Times before 1970 were once written with a year of fewer digits, and never read again."""
    assert from_iso(to_iso(instant)) == min(max(instant, 0), LAST)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=st.text(max_size=40) | st.integers() | st.none() | st.datetimes().map(str))
def test_a_strangers_time_is_one_that_can_be_written_or_none(value: object) -> None:
    read = from_iso_if_readable(value)
    assert read is None or from_iso(to_iso(read)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "1662365051",
        "2022-13-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1899-12-30T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "10000-01-01T00:00:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_iso(text)

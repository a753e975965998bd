"""Timer schedules: NCRONTAB with seconds, and intervals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from local.host.schedule import parse_schedule

THURSDAY = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "following"),
    [
        ("* * * * * *", "2026-01-01T12:00:01"),
        ("*/30 * * * * *", "2026-01-01T12:00:30"),
        ("0 * * * * *", "2026-01-01T12:01:00"),
        ("*/5 * * * *", "2026-01-01T12:05:00"),
        ("0 0 3 * * *", "2026-01-02T03:00:00"),
        ("0 30 9 * * 1-5", "2026-01-02T09:30:00"),
        ("0 0 0 * * SUN", "2026-01-04T00:00:00"),
        ("00:00:10", "2026-01-01T12:00:10"),
        ("1.00:00:00", "2026-01-02T12:00:00"),
    ],
)
def test_the_next_occurrence_is_later(schedule: str, following: str) -> None:
    expected = datetime.fromisoformat(following).replace(tzinfo=UTC)
    assert parse_schedule(schedule).next_after(THURSDAY) == expected


def test_a_day_must_match_both_the_date_and_the_weekday() -> None:
    """Friday the 13th, where cron would take every Friday and every 13th."""
    friday = datetime(2026, 2, 13, tzinfo=UTC)
    assert parse_schedule("0 0 0 13 * 5").next_after(THURSDAY) == friday


@pytest.mark.parametrize("schedule", ["", "* * * *", "60 * * * * *", "x * * * * *", "00:00:00"])
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"neither NCRONTAB|longer than zero"):
        parse_schedule(schedule)

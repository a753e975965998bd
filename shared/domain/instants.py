"""Instants: milliseconds since the epoch inside, UTC ISO 8601 outside, from 1970 to 9999.

What lies outside is another's mistake or our own; written to the table it could not be read again,
and would take its row along. So it is written as the nearest instant that can be read.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 24 * 3600 * 1000
LAST = 253_402_300_799_999
"""The end of the year 9999."""

_LAST_IN_A_KEY = 9_999_999_999_999
"""Row keys sort by a time of 13 digits, which end in 2286."""


def to_iso(instant: int) -> str:
    """Write an instant (ms since the epoch) as `2026-11-24T17:06:10.123Z`."""
    moment = EPOCH + timedelta(milliseconds=min(max(instant, 0), LAST))
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"


def to_iso_if_known(instant: int | None) -> str | None:
    """Write an instant, where there is one."""
    return None if instant is None else to_iso(instant)


def from_iso(text: str) -> int:
    """Read a UTC ISO 8601 time with or without a fraction; raises ValueError on anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    instant = (moment - EPOCH) // timedelta(milliseconds=1)
    if not 0 <= instant <= LAST:
        raise ValueError("the time is not from 1970 to 9999")
    return instant


def from_iso_if_readable(value: object) -> int | None:
    """Read a time that somebody else wrote; None for whatever is none."""
    try:
        return from_iso(value) if isinstance(value, str) else None
    except ValueError:
        return None


def in_a_key(instant: int) -> int:
    """Give the nearest instant that a row key can be sorted by."""
    return min(max(instant, 0), _LAST_IN_A_KEY)

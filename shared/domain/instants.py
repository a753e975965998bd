"""Instants: milliseconds since the epoch inside, UTC ISO 8601 outside."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 24 * 3600 * 1000


def to_iso(instant: int) -> str:
    """Write an instant (ms since the epoch) as `2026-11-24T17:06:10.123Z`."""
    moment = EPOCH + timedelta(milliseconds=instant)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def to_iso_if_known(instant: int | None) -> str | None:
    """Write an instant, where there is one."""
    return None if instant is None else to_iso(instant)


def from_iso(text: str) -> int:
    """Read a UTC ISO 8601 time with or without a fraction; raises ValueError on anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)

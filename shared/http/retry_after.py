"""Retry-After: how long another service asks to be left alone, read within bounds."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LEAST_SECONDS = 1.0
"""Who says 0, or a time that is over, is not asked again and again in the same second."""

_SECONDS = re.compile(
    r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE
)


def retry_after(headers: Mapping[str, str], longest: float) -> float | None:
    """Read the wait in seconds, from one second to `longest`; None where none can be read.

    A date is read by the clock of whoever wrote it, where the answer tells that by its `Date`.
    """
    value = (headers.get("Retry-After") or "").strip()
    asked = float(value) if _SECONDS.fullmatch(value) else _seconds_until(value, headers)
    return None if asked is None else min(max(asked, LEAST_SECONDS), longest)


def _seconds_until(value: str, headers: Mapping[str, str]) -> float | None:
    until = _date(value)
    if until is None:
        return None
    now = _date(headers.get("Date") or "") or datetime.now(UTC)
    return (until - now) / timedelta(seconds=1)


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

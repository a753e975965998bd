"""The edge at which single values of Dataverse are read: what cannot be read is None, alone.

Nothing here raises: a value without sense must not take its row along, nor a row its query.
"""

import re
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any

from shared.domain.amounts import Number, read_float, whole_number
from shared.domain.guids import read_id
from shared.domain.instants import from_iso_if_readable
from shared.domain.session import StatusCode
from shared.domain.strict_json import InvalidJsonError, compact
from shared.domain.telling import cleaned
from shared.domain.texts import readable

TEXT_LIMIT = 10_000
"""How much of a text is read: the longest column, `errordetails`, has as much (section 6)."""

CODE_LIMIT = 1_000
_LARGEST = 2**31 - 1
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


def row_id(value: Any) -> str | None:
    """Read the id of a row, in lower case; zeros are none."""
    return read_id(value)


def instant(value: Any) -> int | None:
    """Read a time, in ms since the epoch; None outside 1970 to 9999."""
    return from_iso_if_readable(value)


def clock_ahead(date: str | None, now: int) -> int | None:
    """Read from a `Date` header how far another clock is ahead of `now` (ms since the epoch).

    None where it tells no time; however far it is ahead, it may be right.
    """
    try:
        told = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, OverflowError):
        return None
    return round(told * 1000) - now


def whole(value: Any) -> int | None:
    """Read a whole number, which may be written as text or with a fraction of zeros."""
    return whole_number(_number(value) if isinstance(value, str) else value, 0, _LARGEST)


def ungrouped(value: str | None) -> str | None:
    """Take the commas out of a number such as `1,199.97`, as headers tell what is left."""
    found = (value or "").strip()
    return found.replace(",", "") if _GROUPED.fullmatch(found) else value


def seconds_left(value: str | None) -> float | None:
    """Read a number of seconds, such as `1,199.97`."""
    found = ungrouped(value) or ""
    return float(found) if _DECIMAL.fullmatch(found) else None


def status_code(value: Any) -> StatusCode:
    """Read a session's `statuscode`; what nobody has documented says nothing of an end."""
    number = whole(value)
    return StatusCode(number) if number in set(StatusCode) else StatusCode.NOT_SPECIFIED


def text(value: Any, limit: int = TEXT_LIMIT) -> str | None:
    """Read a text as it stands, whatever it was written as; one without words is none."""
    found = readable(_as_text(value)[:limit])
    return found if found.strip() else None


def code(value: Any) -> str | None:
    """Read the code of an error."""
    found = text(value, CODE_LIMIT)
    return None if found is None else cleaned(found.strip())


def words(value: Any, *, given: Iterable[str] = ()) -> str | None:
    """Read what Dataverse says to people, without what nobody else is to be told.

    Those are addresses and secrets that it may repeat, and the values that it was `given`.
    """
    found = text(value, 2 * TEXT_LIMIT)
    return None if found is None else cleaned(found, given)[:TEXT_LIMIT]


def _number(value: str) -> float | Number | None:
    try:
        return read_float(value.strip())
    except ValueError:
        return None


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return compact(value)
    except InvalidJsonError:  # too deeply nested to be anybody's words
        return ""

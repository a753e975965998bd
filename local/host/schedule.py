"""Timer schedules: NCRONTAB with seconds, or a fixed interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from croniter import croniter

from local.host.host_json import TIMESPAN, seconds_of

FIELDS_WITHOUT_SECONDS = 5
FIELDS = 6


class Schedule(Protocol):
    def next_after(self, moment: datetime) -> datetime:
        """Return the first occurrence later than `moment`, in its time zone."""


@dataclass(frozen=True)
class Interval:
    """An occurrence every so often, counted from the start of the host."""

    every: timedelta

    def next_after(self, moment: datetime) -> datetime:
        return moment + self.every


@dataclass(frozen=True)
class Ncrontab:
    """`{second} {minute} {hour} {day} {month} {day of week}`; five fields mean second 0.

    Unlike cron, NCRONTAB needs a day to match both the day of the month and of the week.
    """

    expression: str

    def next_after(self, moment: datetime) -> datetime:
        occurrences = croniter(self.expression, moment, second_at_beginning=True, day_or=False)
        following: datetime = occurrences.get_next(datetime)
        return following


def parse_schedule(text: str) -> Schedule:
    """Read a timer's schedule; ValueError says what it must be."""
    text = text.strip()
    if TIMESPAN.fullmatch(text):
        every = seconds_of(text)
        if every <= 0:
            raise ValueError(f"the interval {text!r} must be longer than zero")
        return Interval(timedelta(seconds=every))
    fields = text.split()
    if len(fields) == FIELDS_WITHOUT_SECONDS:
        fields = ["0", *fields]
    expression = " ".join(fields)
    if len(fields) != FIELDS or not croniter.is_valid(expression, second_at_beginning=True):
        raise ValueError(
            f"{text!r} is neither NCRONTAB ({{second}} {{minute}} {{hour}} {{day}} {{month}} "
            "{day of week}) nor a time span (hh:mm:ss)"
        )
    return Ncrontab(expression)

"""How many submissions arrived: for each connection and its window, and for each run's marker."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from local.emulator.records import Submission

Marker = Literal["callback_url", "client_request_id", "correlation_id"]
MARKERS: tuple[Marker, ...] = get_args(Marker)


@dataclass(frozen=True)
class Arrivals:
    """Submissions of one connection or marker, or of none that could be told.

    `most_in_window` is the largest number in any sliding window: of those that reached the
    connection, so without `refused` ones, which did nothing.
    """

    key: str | None
    accepted: int
    throttled: int
    refused: int
    sessions: tuple[str, ...]
    first_ms: int
    last_ms: int
    most_in_window: int

    @property
    def arrived(self) -> int:
        return self.accepted + self.throttled + self.refused


def by_connection(submissions: Iterable[Submission], window_ms: int) -> list[Arrivals]:
    """Count the submissions of each connection, as it was meant when they arrived."""
    return _counted([(one.connection, one) for one in submissions], window_ms)


def by_marker(submissions: Iterable[Submission], marker: Marker, window_ms: int) -> list[Arrivals]:
    """Count the submissions that carried the same marker."""
    return _counted([(getattr(one, marker), one) for one in submissions], window_ms)


def most_in_window(times: Iterable[int], window_ms: int) -> int:
    """Return the largest number of times (ms) that any window of this length holds."""
    ordered = sorted(times)
    # A window opens just after its first ms: two arrivals exactly its length apart are not in one.
    return max(
        (index + 1 - bisect_right(ordered, at - window_ms) for index, at in enumerate(ordered)),
        default=0,
    )


def _counted(keyed: Iterable[tuple[str | None, Submission]], window_ms: int) -> list[Arrivals]:
    groups: dict[str | None, list[Submission]] = defaultdict(list)
    for key, submission in keyed:
        groups[key].append(submission)
    return [_arrivals(key, group, window_ms) for key, group in groups.items()]


def _arrivals(key: str | None, group: list[Submission], window_ms: int) -> Arrivals:
    outcomes = [one.outcome for one in group]
    return Arrivals(
        key=key,
        accepted=outcomes.count("accepted"),
        throttled=outcomes.count("throttled"),
        refused=outcomes.count("refused"),
        sessions=tuple(one.session_id for one in group if one.session_id is not None),
        first_ms=min(one.arrived_ms for one in group),
        last_ms=max(one.arrived_ms for one in group),
        most_in_window=most_in_window(
            (one.arrived_ms for one in group if one.outcome != "refused"), window_ms
        ),
    )

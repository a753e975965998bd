"""Double sessions of a lane: one that cannot be ended keeps no other from being ended."""

from __future__ import annotations

from typing import Any, cast

import pytest

from shared.dataverse.errors import (
    Answer,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
)
from shared.domain.session import FlowSession, StatusCode
from shared.runtime import SystemClock
from shared.services.following.doubles import DOUBLES_A_ROUND, SECONDS, Doubles
from shared.storage.rows import Double
from shared.storage.runs import StoredRun
from shared.storage.table import UnreadableRowError
from tests.support.runs import LANE, RUN_ID, running

COUNT = 50
FAILURES: list[Exception] = [
    RefusedError(Answer(403, "0x80040220", "privilege missing")),
    OutcomeUnknownError("500"),
    UnreadableRowError("no status"),
]


class Parts(SystemClock):
    """Doubles of one lane; what is asked of those named in `errors` fails, whoever is asked."""

    def __init__(self, count: int = COUNT, **errors: Exception) -> None:
        self.left = [Double(RUN_ID, f"d{number}") for number in range(count)]
        self.errors = errors
        self.asked: list[str] = []
        self.seconds = self.takes = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def doubles(self, _: str, limit: int) -> list[Double]:
        return self.left[:limit]

    def read(self, _: str) -> StoredRun:
        names = tuple(each.session_id for each in self.left)
        return StoredRun(running(double_sessions=names), "etag")

    def session(self, session_id: str) -> FlowSession:
        self.asked.append(session_id)
        self.seconds += self.takes
        if session_id in self.errors:
            raise self.errors[session_id]
        return FlowSession(session_id, StatusCode.CANCELLED)

    def forget_double(self, _: str, double: Double) -> None:
        self.left.remove(double)


def sweep(parts: Parts) -> Parts:
    whole = cast("Any", parts)
    Doubles(whole, whole, whole, whole)(LANE)
    return parts


@pytest.mark.parametrize("error", FAILURES)
def test_one_that_cannot_be_ended_keeps_no_other(error: Exception) -> None:
    parts = sweep(Parts(10, d0=error, d7=error))
    assert [each.session_id for each in parts.left] == ["d0", "d7"]


def test_many_that_cannot_be_ended_keep_no_other_for_ever() -> None:
    """They are the first in the table, and more than a round looks at."""
    bad = [f"d{number}" for number in range(DOUBLES_A_ROUND + 5)]
    parts = Parts(COUNT, **dict.fromkeys(bad, FAILURES[0]))
    for _ in range(100):
        before = len(parts.asked)
        sweep(parts)
        assert len(parts.asked) - before <= DOUBLES_A_ROUND
    assert [each.session_id for each in parts.left] == bad


@pytest.mark.parametrize(
    "error", [ThrottledError(Answer(429, "", ""), 1.0), NotSentError("connection refused")]
)
def test_where_nothing_more_is_sent_nothing_more_is_tried(error: Exception) -> None:
    names = [f"d{number}" for number in range(10)]
    assert len(sweep(Parts(10, **dict.fromkeys(names, error))).asked) == 1


def test_a_lane_whose_doubles_take_long_is_gone_on_with_next_time() -> None:
    parts = Parts(10)
    parts.takes = SECONDS / 2
    sweep(parts)
    assert len(parts.asked) == 2

"""An operator's word about a lane: a reason is required, and every fault is told."""

from typing import Any

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.instants import to_iso
from shared.domain.lane_stop import Stop, validate_stop
from shared.domain.pause import FOR_EVER, Why
from tests.support.runs import NOW

LATER = to_iso(NOW + 60_000)


def test_a_reason_alone_has_the_lane_wait_until_it_is_resumed() -> None:
    stop = validate_stop({"reason": " month end "}, NOW)
    assert stop == Stop("month end")
    pause = stop.pause(NOW)
    assert (pause.until, pause.ends_at, pause.code) == (FOR_EVER, None, Why.LANE_PAUSED)
    assert pause.message == "month end"


def test_a_time_ends_it_and_who_decided_is_told() -> None:
    stop = validate_stop({"reason": "month end", "until": LATER, "decidedBy": "Ada"}, NOW)
    assert stop == Stop("month end", NOW + 60_000, "Ada")
    assert stop.pause(NOW).message == "month end (Ada)"


@pytest.mark.parametrize(
    ("body", "targets"),
    [
        (None, ["body"]),
        ([], ["body"]),
        ({}, ["reason"]),
        ({"reason": " "}, ["reason"]),
        ({"reason": "x" * 501}, ["reason"]),
        ({"reason": "a\x07b"}, ["reason"]),
        ({"reason": "x", "until": to_iso(NOW)}, ["until"]),
        ({"reason": "x", "until": "tomorrow"}, ["until"]),
        ({"reason": "x", "until": 7}, ["until"]),
        ({"reason": "x", "until": "9999-12-31T23:59:59.500Z"}, ["until"]),
        ({"until": "x", "who": 1, "decidedBy": ""}, ["reason", "until", "decidedBy", "who"]),
    ],
)
def test_every_fault_is_told(body: Any, targets: list[str]) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        validate_stop(body, NOW)
    assert [fault.target for fault in raised.value.faults] == targets

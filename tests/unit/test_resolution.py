"""What an operator may say of a run, and what is wrong with anything else."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.resolution import Action, Resolution, validate_resolution

SESSION = "d9687093-d0c0-ec11-983e-000000000001"


@pytest.mark.parametrize(
    ("body", "resolution"),
    [
        ({"action": "fail"}, Resolution(Action.FAIL)),
        (
            {"action": "adopt", "flowSessionId": SESSION.upper()},
            Resolution(Action.ADOPT, SESSION),
        ),
        (
            {"action": "resubmit", "decidedBy": "Ann ", "reason": "no robot\nworked"},
            Resolution(Action.RESUBMIT, None, "Ann", "no robot\nworked"),
        ),
        (
            {"action": "resubmit", "force": True, "reason": "seen on the machine"},
            Resolution(Action.RESUBMIT, None, None, "seen on the machine", force=True),
        ),
        ({"action": "fail", "force": False, "reason": None}, Resolution(Action.FAIL)),
    ],
)
def test_a_valid_resolution_is_read(body: dict[str, Any], resolution: Resolution) -> None:
    assert validate_resolution(body) == resolution


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([], ["body"]),
        ({}, ["action"]),
        ({"action": "retry"}, ["action"]),
        ({"action": "adopt"}, ["flowSessionId"]),
        ({"action": "adopt", "flowSessionId": 7}, ["flowSessionId"]),
        ({"action": "fail", "flowSessionId": SESSION}, ["flowSessionId"]),
        ({"action": "resubmit", "force": True}, ["reason"]),
        ({"action": "resubmit", "force": True, "reason": "  "}, ["reason"]),
        ({"action": "adopt", "flowSessionId": SESSION, "force": True, "reason": "x"}, ["force"]),
        ({"action": "resubmit", "force": "yes", "reason": "x"}, ["force"]),
        ({"action": "fail", "reason": "x" * 501}, ["reason"]),
        ({"action": "fail", "reason": "bell\a"}, ["reason"]),
        ({"action": "fail", "decidedBy": ["Ann"]}, ["decidedBy"]),
        ({"action": "fail", "who": "Ann", "why": "x"}, ["who", "why"]),
    ],
)
def test_every_fault_names_its_field(body: Any, fields: list[str]) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        validate_resolution(body)
    assert [fault.target for fault in raised.value.faults] == fields

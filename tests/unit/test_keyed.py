"""Requests that hold their own key, alone and many in one body: all faults are told at once."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.keyed import BATCH_LIMIT, read_batch, validate_keyed
from shared.domain.request import validate

BODY = {
    "workflowId": "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
    "connectionName": "shared-finance-01",
    "runMode": "unattended",
}
BAD_KEYS = ["", " ", "a\tb", "ä", "x" * 256, 7, [], {}, False]


def faults_of(body: Any, instead: str | None = None) -> dict[str, str]:
    with pytest.raises(InvalidRequestError) as caught:
        validate_keyed(body, instead)
    return {fault.target: fault.code for fault in caught.value.faults}


def test_the_key_is_no_part_of_the_request() -> None:
    """So the same start by any way has the same fingerprint under its key."""
    body = BODY | {"idempotencyKey": "order 1"}
    assert validate_keyed(body) == (validate(BODY), "order 1")
    assert body["idempotencyKey"] == "order 1", "what was given stays as it is"


@pytest.mark.parametrize("key", BAD_KEYS)
@pytest.mark.parametrize("instead", [None, "a message's id"])
def test_a_key_that_is_none_is_told(key: Any, instead: str | None) -> None:
    told = faults_of(BODY | {"idempotencyKey": key}, instead)
    assert told == {"idempotencyKey": "InvalidValue"}


def test_a_key_may_be_missing_where_something_else_stands_for_it() -> None:
    instead = "a message's id"
    assert validate_keyed(BODY, instead) == (validate(BODY), instead)
    assert validate_keyed(BODY | {"idempotencyKey": "order 1"}, instead)[1] == "order 1"
    for body in (BODY, BODY | {"idempotencyKey": None}):
        assert faults_of(body) == {"idempotencyKey": "MissingField"}


def test_the_keys_fault_is_told_with_those_of_the_other_fields() -> None:
    told = faults_of({"idempotencyKey": "", "runMode": "sometimes", "colour": "red"})
    assert set(told) == {"workflowId", "connectionName", "runMode", "colour", "idempotencyKey"}


@pytest.mark.parametrize("body", [None, [], "text", 7])
def test_what_is_no_object_is_told_as_ever(body: Any) -> None:
    assert faults_of(body) == {"body": "InvalidBody"}


@pytest.mark.parametrize("count", [1, BATCH_LIMIT])
def test_a_batch_holds_one_to_a_hundred_starts_whatever_they_are(count: int) -> None:
    assert read_batch({"runs": [7] * count}) == [7] * count
    assert BATCH_LIMIT == 100


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], {"body": "InvalidBody"}),
        (None, {"body": "InvalidBody"}),
        ({}, {"runs": "MissingField"}),
        ({"runs": None}, {"runs": "MissingField"}),
        ({"runs": []}, {"runs": "InvalidValue"}),
        ({"runs": {}}, {"runs": "InvalidValue"}),
        ({"runs": "text"}, {"runs": "InvalidValue"}),
        ({"runs": [{}] * 101}, {"runs": "InvalidValue"}),
        ({"runs": [{}], "colour": 1}, {"colour": "UnknownField"}),
        ({"run": [{}]}, {"runs": "MissingField", "run": "UnknownField"}),
        ({"runs": [{}], "": 1}, {'""': "UnknownField"}),
    ],
)
def test_what_is_wrong_with_a_batch_itself_is_told_at_once(body: Any, told: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_batch(body)
    assert {fault.target: fault.code for fault in caught.value.faults} == told

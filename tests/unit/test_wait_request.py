"""A start that an engine waits for: a start's fields and two more, and all faults are told."""

from typing import Any

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.request import validate
from shared.domain.wait_request import WaitRequest, validate_wait

URL = "https://prod-1.logic.azure.com:443/workflows/a/run?sp=%2Frun&sig=hush"
START = {
    "workflowId": "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
    "connectionName": "shared-finance-01",
    "runMode": "unattended",
    "inputs": {"Amount": 119.0},
}


def body(**fields: Any) -> dict[str, Any]:
    return START | {"notificationUrl": URL} | fields


def faults(given: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequestError) as raised:
        validate_wait(given)
    return [(fault.target, fault.code) for fault in raised.value.faults]


def test_it_is_a_start_with_an_address() -> None:
    assert validate_wait(body()) == WaitRequest(validate(START), URL)


def test_what_an_engine_adds_is_no_part_of_the_run() -> None:
    """The same request under the same key is the same run, whoever waits for it."""
    request = validate_wait(body(cancelOnUnsubscribe=True))
    assert request.cancels
    assert request.start.fingerprint == validate(START).fingerprint


@pytest.mark.parametrize("value", [None, False])
def test_by_default_the_run_goes_on_when_nobody_waits_any_more(value: object) -> None:
    assert not validate_wait(body(cancelOnUnsubscribe=value)).cancels


def test_the_body_that_was_given_stays_as_it_is() -> None:
    given = body()
    validate_wait(given)
    assert given == body()


@pytest.mark.parametrize(
    "value",
    ["", "ftp://example.org", "https://user@example.org/", "https://", 7, [URL], "x" * 9_000],
)
def test_an_address_that_is_none_is_told(value: object) -> None:
    assert faults(body(notificationUrl=value)) == [("notificationUrl", "InvalidValue")]


@pytest.mark.parametrize("value", ["true", 1, 0, "", []])
def test_what_is_neither_true_nor_false_is_told(value: object) -> None:
    assert faults(body(cancelOnUnsubscribe=value)) == [("cancelOnUnsubscribe", "InvalidValue")]


def test_all_faults_are_told_at_once() -> None:
    found = faults({"runMode": "both", "cancelOnUnsubscribe": 1, "colour": "red"})
    assert found == [
        ("workflowId", "MissingField"),
        ("connectionName", "MissingField"),
        ("runMode", "InvalidValue"),
        ("notificationUrl", "MissingField"),
        ("cancelOnUnsubscribe", "InvalidValue"),
        ("colour", "UnknownField"),
    ]


@pytest.mark.parametrize("given", [None, [], "text", 7])
def test_what_is_no_object_is_told(given: object) -> None:
    assert faults(given) == [("body", "InvalidBody")]

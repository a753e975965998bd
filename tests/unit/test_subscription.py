"""Subscriptions: which ends they are for, and when two requests are for the same one."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.request import ConnectionType
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.subscription import (
    SubscriptionRequest,
    read_subscription_name,
    subscription_name,
    validate_subscription,
)
from tests.support.runs import NOW, REQUEST, running

URL = "https://prod-1.logic.azure.com:443/workflows/a/triggers/b/run?sp=%2Frun&sig=hush"


def body(**fields: Any) -> dict[str, Any]:
    return {"notificationUrl": URL} | fields


def faults(given: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequestError) as raised:
        validate_subscription(given)
    return [(fault.target, fault.code) for fault in raised.value.faults]


def ended(status: RunStatus = RunStatus.SUCCEEDED, **changes: Any) -> Run:
    return end(running(**changes), status, at=NOW)


def test_without_filters_it_is_for_every_end() -> None:
    request = validate_subscription(body())
    assert request == SubscriptionRequest(URL)
    assert all(request.wants(ended(status)) for status in _FINAL)


_FINAL = [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT]


@pytest.mark.parametrize("status", _FINAL)
def test_it_may_be_for_some_statuses(status: RunStatus) -> None:
    request = validate_subscription(body(status=["Failed", "TimedOut"]))
    assert request.wants(ended(status)) is (status in (RunStatus.FAILED, RunStatus.TIMED_OUT))


def test_it_may_be_for_one_desktop_flow() -> None:
    request = validate_subscription(body(workflowId=f"{{{REQUEST.workflow_id.upper()}}}"))
    assert request.wants(ended())
    other = replace(REQUEST, workflow_id="5d3a1f0e-0000-0000-0000-000000000002")
    assert not request.wants(ended(request=other))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("dfb_Finance", True),
        ("DFB_FINANCE", True),
        ("shared-finance-01", True),
        ("Shared-Finance-01", True),
        ("shared-hr-01", False),
    ],
)
def test_it_may_be_for_one_connection_by_its_own_name_or_by_the_references(
    name: str, wanted: bool
) -> None:
    """Dataverse compares names without regard to case."""
    by_reference = replace(
        REQUEST, connection_name="dfb_Finance", connection_type=ConnectionType.REFERENCE
    )
    run = ended(request=by_reference, connection="shared-finance-01")
    assert validate_subscription(body(connectionName=name)).wants(run) is wanted


def test_all_filters_have_to_agree() -> None:
    request = validate_subscription(
        body(workflowId=REQUEST.workflow_id, connectionName="shared-hr-01", status=["Succeeded"])
    )
    assert not request.wants(ended())


@pytest.mark.parametrize("nothing", [None, []])
def test_an_empty_filter_is_none(nothing: object) -> None:
    """A maker who chooses nothing sends an empty list."""
    assert validate_subscription(body(status=nothing, workflowId=None, connectionName=None)) == (
        SubscriptionRequest(URL)
    )


SAME = [
    body(status=["Failed", "TimedOut"], connectionName="Shared-1"),
    body(status=["TimedOut", "Failed"], connectionName="shared-1", workflowId=None),
    body(status=["TimedOut", "Failed", "Failed"], connectionName="shared-1"),
]
OTHERS = [
    body(status=["Failed"], connectionName="shared-1"),
    body(status=["Failed", "TimedOut"]),
    body(status=["Failed", "TimedOut"], connectionName="shared-1", notificationUrl=f"{URL}2"),
]


def test_the_same_address_with_the_same_filters_is_one_subscription() -> None:
    ids = {validate_subscription(each).id for each in SAME}
    assert len(ids) == 1
    others = [validate_subscription(each).id for each in OTHERS]
    assert len({*ids, *others}) == 1 + len(OTHERS)


def test_an_id_tells_nothing_of_the_address() -> None:
    request = SubscriptionRequest(URL)
    assert request.id.isalnum()
    assert len(request.id) == 32


def test_all_faults_are_told_at_once() -> None:
    given = {"workflowId": 7, "connectionName": " x", "status": "Ended", "colour": "red"}
    assert faults(given) == [
        ("notificationUrl", "MissingField"),
        ("workflowId", "InvalidValue"),
        ("connectionName", "InvalidValue"),
        ("status", "InvalidValue"),
        ("colour", "UnknownField"),
    ]


@pytest.mark.parametrize("status", ["Failed", ["Running"], ["failed"], [1], {"a": 1}, [None], True])
def test_what_is_no_list_of_final_statuses_is_told(status: object) -> None:
    assert faults(body(status=status)) == [("status", "InvalidValue")]


@pytest.mark.parametrize("given", [None, [], "text", 7])
def test_what_is_no_object_is_told(given: object) -> None:
    assert faults(given) == [("body", "InvalidBody")]


def test_a_name_is_read_as_it_was_made() -> None:
    request = SubscriptionRequest(URL)
    name = subscription_name(request.id, "0123456789abcdef")
    assert read_subscription_name(name) == (request.id, "0123456789abcdef")


@pytest.mark.parametrize("text", ["", "a-b", "0" * 32, f"{'0' * 32}-", f"{'/' * 32}-{'0' * 16}"])
def test_what_is_no_name_is_none(text: str) -> None:
    assert read_subscription_name(text) is None

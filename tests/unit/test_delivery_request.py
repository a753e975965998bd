"""The messages that ask for an attempt say whom to tell, and how often that was tried."""

import pytest

from shared.domain.run.delivery_request import DeliveryRequest, read_delivery_request
from tests.support.runs import RUN_ID


@pytest.mark.parametrize(
    "request_",
    [
        DeliveryRequest(RUN_ID),
        DeliveryRequest(RUN_ID, waiter="key", attempts=3),
        DeliveryRequest(RUN_ID, subscription="id"),
    ],
    ids=["all", "a waiter", "a subscription"],
)
def test_a_message_reads_back_as_it_was_written(request_: DeliveryRequest) -> None:
    assert read_delivery_request(request_.text) == request_


def test_the_next_attempt_is_one_more() -> None:
    assert DeliveryRequest(RUN_ID, waiter="key").next == DeliveryRequest(RUN_ID, "key", None, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        RUN_ID,
        "{",
        "[]",
        "{}",
        '{"runId": 7}',
        '{"runId": "nonsense"}',
        f'{{"runId": "{RUN_ID}", "waiter": 7}}',
        f'{{"runId": "{RUN_ID}", "waiter": "../a"}}',
        f'{{"runId": "{RUN_ID}", "attempts": "1"}}',
        f'{{"runId": "{RUN_ID}", "attempts": true}}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert read_delivery_request(text) is None

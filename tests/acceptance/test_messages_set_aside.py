"""Messages that were rejected or given up: an operator sees why, and decides about each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient

from tests.support.broker import Broker, Json, valid_body
from tests.support.messages import plain, run_requests
from tests.support.patience import until

SECRET = "hush-hush-input"


@pytest.fixture
def requests(app: Broker) -> Iterator[QueueClient]:
    with run_requests(app) as client:
        yield client


@pytest.fixture
def poison(app: Broker) -> Iterator[QueueClient]:
    """Give the queue of requests that the host gave up; it makes it when it gives the first up."""
    with plain(app, "run-requests-poison") as client:
        with suppress(ResourceExistsError):
            client.create_queue()
        yield client
        client.delete_queue()


def lying(app: Broker, queue: str) -> list[Json]:
    answer = app.http.get(f"/messages/{queue}")
    assert answer.status_code == 200, answer.text
    value: list[Json] = answer.json()["value"]
    return value


def set_aside(app: Broker, queue: str = "rejected") -> Json:
    return until(lambda: lying(app, queue), f"nothing is {queue}", every=0.1)[0]


def run_of(app: Broker, key: str) -> str:
    def runs() -> list[Json]:
        found: list[Json] = app.http.get("/runs", params={"idempotencyKey": key}).json()["value"]
        return found

    run_id: str = until(runs, f"no run of {key}", every=0.1)[0]["runId"]
    return run_id


def test_a_rejected_message_says_why_and_keeps_its_key_however_often_it_is_sent_again(
    app: Broker, requests: QueueClient
) -> None:
    """Its reference is bound to nothing; until somebody binds it, it comes back each time."""
    name = "new_finance_unbound"
    body = valid_body(
        connectionName=name, connectionType=2, inputs={"InvoiceNumber": SECRET}, correlationId="o 1"
    )
    sent = requests.send_message(json.dumps(body))
    message = set_aside(app)
    assert [reason["code"] for reason in message["reasons"]] == ["ConnectionReferenceNotUsable"]
    assert message["originalMessageId"] == sent.id
    assert message["asksFor"]["connectionName"] == name
    assert message["asksFor"]["correlationId"] == "o 1"
    assert SECRET not in app.http.get("/messages/rejected").text
    answer = app.http.post(f"/messages/rejected/{message['messageId']}/resend")
    assert answer.status_code == 202
    assert answer.json()["messageId"] == message["messageId"]
    again = set_aside(app)  # nobody has mended it: it is rejected once more, and is not lost
    assert again["messageId"] != message["messageId"]
    assert again["asksFor"]["idempotencyKey"] == sent.id, "the same run, whenever it is accepted"
    assert app.http.delete(f"/messages/rejected/{again['messageId']}").status_code == 204
    assert lying(app, "rejected") == []
    gone = app.http.delete(f"/messages/rejected/{again['messageId']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "MessageNotFound")
    assert SECRET not in app.hosts[0].log()


def test_a_request_that_the_host_gave_up_is_sent_again_and_is_one_run(
    app: Broker, requests: QueueClient, poison: QueueClient
) -> None:
    del requests
    text = json.dumps(valid_body(idempotencyKey="given up", inputs={"InvoiceNumber": SECRET}))
    for _ in range(2):  # somebody sends it a second time, as after an answer that was lost
        poison.send_message(text)
    message = set_aside(app, "requests-poison")
    assert (message["asksFor"]["idempotencyKey"], message["resendable"]) == ("given up", True)
    for each in lying(app, "requests-poison"):
        address = f"/messages/requests-poison/{each['messageId']}/resend"
        assert app.http.post(address).status_code == 202
    run_id = run_of(app, "given up")
    app.until(run_id)
    assert len(app.submissions(run_id)) == 1
    assert lying(app, "requests-poison") == []


def test_a_request_whose_key_nobody_knows_any_more_is_not_sent_again(
    app: Broker, poison: QueueClient
) -> None:
    """It had its message's id for a key, and may have its run: a robot would work twice."""
    poison.send_message(json.dumps(valid_body()))
    message = set_aside(app, "requests-poison")
    assert not message["resendable"]
    address = f"/messages/requests-poison/{message['messageId']}"
    answer = app.http.post(f"{address}/resend")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NotResendable")
    assert message["hindrance"] in answer.json()["error"]["message"]
    assert len(lying(app, "requests-poison")) == 1
    assert app.http.delete(address).status_code == 204


def test_the_queues_that_are_worked_cannot_be_looked_into(app: Broker) -> None:
    for queue in ("run-requests", "lane-wakeups", "nonsense"):
        answer = app.http.get(f"/messages/{queue}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "QueueNotFound")
    for queue in ("wakeups-poison", "notifications-poison"):
        assert lying(app, queue) == []

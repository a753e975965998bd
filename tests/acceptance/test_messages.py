"""Queue messages ask for runs as HTTP requests do; what cannot be started is given back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient

from tests.support.broker import Broker, Json, valid_body
from tests.support.messages import exists, plain, rejected, run_requests
from tests.support.patience import until


@pytest.fixture
def requests(app: Broker) -> Iterator[QueueClient]:
    with run_requests(app) as client:
        yield client


def run_on(app: Broker, connection: str) -> str:
    """Wait for a run on a connection, and give its id."""

    def runs() -> list[Json]:
        found: list[Json] = app.http.get("/runs", params={"connectionName": connection}).json()[
            "value"
        ]
        return found

    run_id: str = until(runs, f"no run on {connection}", every=0.05)[0]["runId"]
    return run_id


def test_a_message_starts_a_run(app: Broker, requests: QueueClient) -> None:
    body = valid_body(connectionName="shared-load-41", inputs={"InvoiceNumber": "Q-1"})
    requests.send_message(json.dumps(body | {"idempotencyKey": "message 1"}))
    run = app.until(run_on(app, "shared-load-41"))
    assert run["status"] == "Succeeded"
    again = app.post(body, key="message 1")
    assert again.json()["runId"] == run["runId"], "one key, one run, whichever way it came"


def test_a_message_may_be_plain_text_as_well(app: Broker, requests: QueueClient) -> None:
    """As today's SDKs and Event Grid send it; a host that wants base64 throws it away unseen."""
    del requests
    with plain(app, "run-requests") as client:
        client.send_message(json.dumps(valid_body(connectionName="shared-load-44")))
        client.send_message("\n " + json.dumps(valid_body(connectionName="shared-load-45")))
    for connection in ("shared-load-44", "shared-load-45"):
        assert app.until(run_on(app, connection))["status"] == "Succeeded"


@pytest.mark.parametrize("text", ["hello there", "aGVsbG8", "====", "[]", "42", "ü"])
def test_whatever_is_no_request_is_rejected_and_never_poison(
    app: Broker, requests: QueueClient, text: str
) -> None:
    del requests
    with plain(app, "run-requests") as client:
        client.send_message(text)
    (rejection,) = rejected(app)
    assert rejection["reasons"][0]["code"] in ("InvalidJson", "InvalidBody")
    assert rejection["originalText"] in (text, "hello")
    with plain(app, "run-requests-poison") as poison:
        assert not exists(poison)


def test_poison_is_noticed_by_the_sweep(app: Broker) -> None:
    with plain(app, "lane-wakeups-poison") as poison:
        with suppress(ResourceExistsError):
            poison.create_queue()
        poison.send_message("what the host gave up")
        told = "queue.poison queue='lane-wakeups-poison' messages=1"
        until(lambda: told in app.hosts[0].log(), "nobody has noticed")
        poison.clear_messages()


def test_the_amounts_of_a_message_keep_their_digits(app: Broker, requests: QueueClient) -> None:
    amounts = '{"Amount":1234567890123456.78,"Net":119.00,"Tax":[0.10,1E400,-0]}'
    body = json.dumps(valid_body(connectionName="shared-load-43", timeout=60.0))
    requests.send_message(f'{body[:-1]}, "inputs": {amounts}}}')
    run = app.until(run_on(app, "shared-load-43"))
    assert app.dataverse.session(run["flowSessionId"]).inputs == amounts
    assert run["timeout"] == 60


def test_a_message_without_a_key_that_comes_twice_is_one_run(
    app: Broker, requests: QueueClient
) -> None:
    """Its id is its key: the same message delivered again changes nothing."""
    body = valid_body(connectionName="shared-load-42")
    sent = requests.send_message(json.dumps(body))
    run = app.until(run_on(app, "shared-load-42"))
    again = app.post(body, key=sent.id)
    assert again.json()["runId"] == run["runId"]


def test_a_message_that_is_not_valid_is_rejected_with_all_reasons_and_its_text(
    app: Broker, requests: QueueClient
) -> None:
    text = json.dumps(valid_body(runMode="never", colour="red", idempotencyKey=5))
    sent = requests.send_message(text)
    (rejection,) = rejected(app)
    assert rejection["originalText"] == text
    assert rejection["messageId"] == sent.id
    targets = [reason["target"] for reason in rejection["reasons"]]
    assert targets == ["runMode", "idempotencyKey", "colour"]
    assert all(reason["message"].startswith(reason["target"]) for reason in rejection["reasons"])


def test_a_message_that_is_no_json_is_rejected_with_its_text(
    app: Broker, requests: QueueClient
) -> None:
    requests.send_message('{"workflowId": ')
    (rejection,) = rejected(app)
    assert rejection["originalText"] == '{"workflowId": '
    assert rejection["reasons"][0]["code"] == "InvalidJson"


def test_a_key_that_names_another_run_rejects_the_message(
    app: Broker, requests: QueueClient
) -> None:
    assert app.post(valid_body(), key="taken").status_code == 202
    requests.send_message(json.dumps(valid_body(timeout=77, idempotencyKey="taken")))
    (rejection,) = rejected(app)
    assert rejection["reasons"] == [
        {
            "code": "KeyReused",
            "target": "idempotencyKey",
            "message": "idempotencyKey was used for another request before",
        }
    ]


def test_a_text_that_leaves_no_room_for_the_reasons_is_given_back_in_parts(
    app: Broker, requests: QueueClient
) -> None:
    text = json.dumps({"nonsense": '"ü"' * 7_000}, ensure_ascii=False)
    requests.send_message(text)
    parts = rejected(app)
    while len(parts) < parts[0]["parts"]:
        parts += rejected(app)
    parts.sort(key=lambda part: int(part["part"]))
    assert len(parts) > 1
    assert "".join(part["originalText"] for part in parts) == text
    assert len({part["messageId"] for part in parts}) == 1

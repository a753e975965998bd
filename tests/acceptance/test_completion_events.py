"""Each end is told: once to the queue `run-events`, and, signed, to the address a start names."""

from __future__ import annotations

import base64
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity, TableServiceClient
from azure.storage.queue import QueueClient, TextBase64DecodePolicy
from standardwebhooks import Webhook

from shared.queues import QueueNames
from tests.support.broker import Broker, Json, broker, valid_body
from tests.support.patience import until
from tests.support.wire import Server, answers, server

SECRET = secrets.token_bytes(32)
SETTINGS = {
    "NOTIFY_SIGNING_SECRET": "whsec_" + base64.b64encode(SECRET).decode(),
    "NOTIFY_PRIVATE_HOSTS": "127.0.0.1",
}


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("broker")
    with broker(folder, settings=SETTINGS, limit=1000, limit_window_seconds=1) as made:
        yield made


def events(app: Broker, *run_ids: str) -> list[Json]:
    """Take events off the queue until there is one of each of these runs; give those of them."""
    queue = QueueClient.from_connection_string(
        app.azurite.connection_string,
        QueueNames().events,
        message_decode_policy=TextBase64DecodePolicy(),
    )
    found: list[Json] = []

    def all_of_them() -> bool:
        with suppress(ResourceNotFoundError):  # it is made for the first event
            for message in queue.receive_messages(max_messages=32):
                found.append(json.loads(message.content))
                queue.delete_message(message)
        return set(run_ids) <= {event["data"]["runId"] for event in found}

    until(all_of_them, lambda: f"only {found}", every=0.05)
    return [event for event in found if event["data"]["runId"] in run_ids]


def until_notified(app: Broker, run_id: str, status: str) -> Json:
    run = app.until_it(run_id, lambda run: (run["notification"] or {}).get("status") == status)
    notification: Json = run["notification"]
    return notification


def until_tried(app: Broker, run_id: str) -> Json:
    """Wait until a run's receiver was called, and give the run."""
    return app.until_it(run_id, lambda run: (run["notification"] or {}).get("attempts"))


@pytest.fixture
def receiver() -> Iterator[Server]:
    with server(answers(204)) as made:
        yield made


def test_every_end_is_published_with_an_id_of_its_own(app: Broker) -> None:
    good = app.start(correlationId="order 17")
    bad = app.start(inputs={"Outcome": "fail"})
    refused = app.start(workflowId="00000000-0000-0000-0000-000000000001")
    found = {event["data"]["runId"]: event for event in events(app, good, bad, refused)}
    assert found[good]["type"] == "run.succeeded"
    assert found[good]["data"]["correlationId"] == "order 17"
    assert found[bad]["type"] == found[refused]["type"] == "run.failed"
    assert found[refused]["data"]["error"]["code"] == "0x80040217"
    assert len({event["id"] for event in found.values()}) == 3


def test_a_run_that_is_cancelled_in_the_backlog_is_published_too(app: Broker) -> None:
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    app.http.post(f"/runs/{run_id}/cancel")
    (event,) = events(app, run_id)
    assert event["type"] == "run.cancelled"


def looks(app: Broker, run_ids: list[str]) -> list[TableEntity]:
    """Give the rows of these runs that have somebody look at them, and maybe tell of them."""
    tables = TableServiceClient.from_connection_string(app.azurite.connection_string)
    with tables, tables.get_table_client("DesktopFlowRuns") as table:
        found = list(table.query_entities("RowKey gt 'watch:' and RowKey lt 'watch;'"))
    return [row for row in found if any(run_id in row["RowKey"] for run_id in run_ids)]


def test_without_faults_an_end_is_published_once(app: Broker) -> None:
    run_ids = [app.start() for _ in range(30)]
    for run_id in run_ids:
        app.until(run_id)
    until(lambda: not looks(app, run_ids), "somebody still has to look at them")
    seen = Counter(event["data"]["runId"] for event in events(app, *run_ids))
    assert set(seen.values()) == {1}


def test_a_receiver_is_notified_and_can_verify_it(app: Broker, receiver: Server) -> None:
    run_id = app.start(notifyUrl=f"{receiver.url}/hook?token=hush-hush-token")
    notification = until_notified(app, run_id, "Delivered")
    (heard,) = receiver.heard
    event = Webhook(SECRET).verify(heard.body, heard.headers)
    assert event["data"]["runId"] == run_id
    assert heard.headers["webhook-id"] == event["id"]
    assert heard.path == "/hook?token=hush-hush-token"
    assert notification["attempts"] == 1
    assert notification["deliveredAt"]
    run = app.run(run_id)
    assert run["notifyUrl"] == f"{receiver.url}/hook"
    assert "hush-hush" not in app.hosts[0].log()
    assert events(app, run_id)[0] == event


def test_a_receiver_that_fails_is_told_again_under_the_same_id(app: Broker) -> None:
    with server(answers(500), answers(200)) as receiver:
        run_id = app.start(notifyUrl=receiver.url)
        assert until_notified(app, run_id, "Delivered")["attempts"] == 2
    first, second = receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    for heard in (first, second):
        Webhook(SECRET).verify(heard.body, heard.headers)


def test_a_receiver_that_is_gone_is_given_up_and_the_run_says_so(app: Broker) -> None:
    with server(answers(410)) as receiver:
        run_id = app.start(notifyUrl=receiver.url)
        notification = until_notified(app, run_id, "GivenUp")
    assert notification["error"] == "it answered 410"
    assert notification["givenUpAt"]
    assert app.run(run_id)["status"] == "Succeeded"


def test_what_was_given_up_is_told_again_when_somebody_asks(app: Broker) -> None:
    """At least once, as ever: who asks twice at the same moment may have it told twice."""
    with server(answers(410), answers(204)) as receiver:
        run_id = app.start(notifyUrl=receiver.url)
        until_notified(app, run_id, "GivenUp")
        asked = [app.http.post(f"/runs/{run_id}/notification/retry") for _ in range(2)]
        assert [answer.status_code for answer in asked] == [202, 202]
        notification = until_notified(app, run_id, "Delivered")
        assert (notification["attempts"], notification["givenUpAt"]) == (2, None)
        assert notification["retriedAt"] == asked[0].json()["notification"]["retriedAt"]
        assert app.http.post(f"/runs/{run_id}/notification/retry").status_code == 202
    assert len(receiver.heard) >= 2
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1


def test_where_nothing_was_given_up_there_is_nothing_to_tell_again(app: Broker) -> None:
    run_id = app.start()
    app.until(run_id)
    answer = app.http.post(f"/runs/{run_id}/notification/retry")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NothingGivenUp")
    assert app.http.post("/runs/nonsense/notification/retry").status_code == 404


def test_while_a_receiver_fails_the_run_tells_when_it_is_tried_again(app: Broker) -> None:
    with server(answers(503, headers={"Retry-After": "3600"})) as receiver:
        run = until_tried(app, app.start(notifyUrl=receiver.url))
    notification = run["notification"]
    assert (notification["status"], notification["attempts"]) == ("Pending", 1)
    assert notification["error"] == "it answered 503"
    ended, again = (
        datetime.fromisoformat(text) for text in (run["endedAt"], notification["nextAttemptAt"])
    )
    assert again - ended >= timedelta(hours=1), "nobody is quicker than the receiver asked for"
    assert len(receiver.heard) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example.org",
        "https://127.0.0.2/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://2130706433/",
        "https://user:password@receiver.example.org/",
        "https://receiver.example.org/#x",
        "not a url",
        7,
    ],
)
def test_an_address_that_may_not_be_notified_is_400(app: Broker, url: object) -> None:
    answer = app.post(valid_body(notifyUrl=url))
    assert answer.status_code == 400
    assert answer.json()["error"]["target"] == "notifyUrl"


def test_a_receiver_that_nobody_can_find_is_looked_for_again(app: Broker) -> None:
    run = until_tried(app, app.start(notifyUrl="https://no-such-receiver.invalid/"))
    assert run["notification"]["status"] == "Pending"
    assert run["notification"]["error"]


def test_a_message_may_name_a_receiver_too(app: Broker, receiver: Server) -> None:
    queue = QueueClient.from_connection_string(app.azurite.connection_string, "run-requests")
    body = json.dumps(valid_body(notifyUrl=receiver.url, correlationId="by message"))
    queue.send_message(base64.b64encode(body.encode()).decode())
    heard = until(lambda: receiver.heard, "nobody is told")[0]
    event = Webhook(SECRET).verify(heard.body, heard.headers)
    assert event["data"]["correlationId"] == "by message"

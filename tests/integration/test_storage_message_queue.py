"""Messages in a real queue: text that the function host reads, hidden until their time."""

import base64
import socket
import time
import uuid
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.parts import Azurite
from shared.storage.message_queue import LONGEST_DELAY_SECONDS, MessageQueue
from shared.storage.table import StorageRefusedError, StorageUnavailableError
from tests.support.patience import until
from tests.support.runs import LANE


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def client(azurite: Azurite, name: str) -> QueueClient:
    return QueueClient.from_connection_string(
        azurite.connection_string, name, message_encode_policy=TextBase64EncodePolicy()
    )


@pytest.fixture
def raw(azurite: Azurite, name: str) -> QueueClient:
    """Show the messages as they are in the queue."""
    return QueueClient.from_connection_string(azurite.connection_string, name)


def texts(raw: QueueClient) -> list[str]:
    return [base64.b64decode(message.content).decode() for message in raw.receive_messages()]


def test_a_wake_up_names_its_lane_and_nothing_else(client: QueueClient, raw: QueueClient) -> None:
    """In base64, as the function host expects it; the queue is made when it is missed."""
    MessageQueue(client).send(LANE)
    assert texts(raw) == [LANE]


def test_a_queue_that_exists_is_used(client: QueueClient, raw: QueueClient) -> None:
    raw.create_queue()
    queue = MessageQueue(client)
    queue.send(LANE)
    queue.send("0" * 16)
    assert texts(raw) == [LANE, "0" * 16]


def test_a_message_that_is_too_long_says_nothing_of_the_queue(
    client: QueueClient, raw: QueueClient
) -> None:
    queue = MessageQueue(client)
    with pytest.raises(StorageRefusedError):
        queue.send("x" * 70_000)
    queue.send(LANE)
    assert texts(raw) == [LANE]


def test_a_queue_that_was_deleted_is_made_again(client: QueueClient, raw: QueueClient) -> None:
    queue = MessageQueue(client)
    queue.send(LANE)
    raw.delete_queue()
    queue.send(LANE)
    assert texts(raw) == [LANE]


def test_a_queue_that_another_instance_made_meanwhile_is_used(
    client: QueueClient, raw: QueueClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = client.create_queue

    def create_second() -> None:
        raw.create_queue()
        create()

    monkeypatch.setattr(client, "create_queue", create_second)
    MessageQueue(client).send(LANE)
    assert texts(raw) == [LANE]


def test_a_delayed_wake_up_appears_after_its_delay(client: QueueClient, raw: QueueClient) -> None:
    sent_at = time.time()
    MessageQueue(client).send(LANE, delay_seconds=1)
    assert texts(raw) == []
    assert until(lambda: texts(raw)) == [LANE]
    assert time.time() - sent_at > 0.9


@pytest.mark.parametrize(
    ("asked", "given"),
    [(-5, 0), (0, 0), (90, 90), (30 * 24 * 3600, LONGEST_DELAY_SECONDS)],
)
def test_a_delay_is_kept_to_what_a_queue_takes(
    client: QueueClient, monkeypatch: pytest.MonkeyPatch, asked: int, given: int
) -> None:
    """A message lives seven days, and has to appear before."""
    seen: list[int] = []
    send = client.send_message

    def note(content: str, *, visibility_timeout: int, **others: Any) -> None:
        seen.append(visibility_timeout)
        send(content, visibility_timeout=visibility_timeout, **others)

    monkeypatch.setattr(client, "send_message", note)
    MessageQueue(client).send(LANE, delay_seconds=asked)
    assert seen[-1] == given


@pytest.mark.parametrize(("lives_ms", "days"), [(None, 7), (30 * 24 * 3_600_000, 30)])
def test_a_message_is_kept_for_a_week_or_as_long_as_runs_are(
    client: QueueClient, raw: QueueClient, lives_ms: int | None, days: int
) -> None:
    """A rejected one may hold inputs, which nobody keeps for ever."""
    MessageQueue(client, lives_ms=lives_ms).send("rejected")
    (message,) = raw.receive_messages()
    assert message.inserted_on is not None
    assert message.expires_on is not None
    assert (message.expires_on - message.inserted_on).days == days


def test_any_text_can_be_a_message(client: QueueClient, raw: QueueClient) -> None:
    """What was rejected is given back as it came."""
    MessageQueue(client).send('{"Grüße": "<\U0001f916>&\x00"}')
    assert texts(raw) == ['{"Grüße": "<\U0001f916>&\x00"}']


def test_a_queue_that_cannot_be_reached_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = "AccountName=account;AccountKey=c2VjcmV0"
    client = QueueClient.from_connection_string(
        f"{account};QueueEndpoint=http://127.0.0.1:{port}/account", "queue", retry_total=0
    )
    with pytest.raises(StorageUnavailableError, match=r"queue storage: .*refused"):
        MessageQueue(client).send(LANE)


def test_a_queue_that_fails_is_unavailable(
    client: QueueClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise HttpResponseError("The server is busy.")

    monkeypatch.setattr(client, "send_message", fail)
    with pytest.raises(StorageUnavailableError, match=r"The server is busy\."):
        MessageQueue(client).send(LANE)

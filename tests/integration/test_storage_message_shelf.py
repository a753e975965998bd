"""Messages that nobody handles by itself, in a real queue: looked at, taken, put back, removed."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.storage.queue import QueueClient

from local.parts import Azurite
from shared.domain.shelf import Shelf
from shared.domain.shelved import shelved
from shared.runtime import SystemClock
from shared.services.deciding.messages import DecideAboutMessages
from shared.services.reading.messages import Shelves
from shared.services.refusals import MessageNotFoundError
from shared.storage.message_queue import MessageQueue
from shared.storage.message_shelf import AT_ONCE, MessageShelf
from shared.storage.table import StorageUnavailableError
from tests.support.patience import until
from tests.support.runs import LANE


@pytest.fixture
def client(azurite: Azurite) -> QueueClient:
    """Give a queue as it is: plain texts stay plain."""
    return QueueClient.from_connection_string(azurite.connection_string, f"test-{uuid.uuid4().hex}")


@pytest.fixture
def shelf(client: QueueClient) -> MessageShelf:
    client.create_queue()
    return MessageShelf(client)


def test_a_queue_that_nobody_has_made_is_an_empty_shelf(client: QueueClient) -> None:
    shelf = MessageShelf(client)
    assert (shelf.count(), shelf.peek(), shelf.take(1)) == (0, [], [])


def test_looking_takes_nothing(client: QueueClient, shelf: MessageShelf) -> None:
    began = round(time.time() * 1000) - 5_000
    sent = client.send_message('{"Grüße": "<\U0001f916>&"}')
    for _ in range(2):
        (message,) = shelf.peek()
        assert (message.id, message.content) == (sent.id, '{"Grüße": "<\U0001f916>&"}')
        assert (message.taken, message.receipt) == (0, None)
        assert began < message.inserted_at < message.expires_at
        assert message.expires_at - message.inserted_at == 7 * 24 * 3_600_000
    assert shelf.count() == 1


def test_what_is_taken_nobody_sees_until_it_is_put_back(
    client: QueueClient, shelf: MessageShelf
) -> None:
    client.send_message(LANE)
    (taken,) = shelf.take(300)
    assert (shelf.peek(), shelf.take(300), shelf.count()) == ([], [], 1)
    shelf.put_back(taken)
    (seen,) = until(shelf.peek)
    assert (seen.content, seen.taken) == (LANE, 1)
    shelf.put_back(taken)  # its receipt is an old one by now, and nothing comes of it


def test_what_is_taken_is_seen_again_by_itself(client: QueueClient, shelf: MessageShelf) -> None:
    """Whoever took it may have died."""
    client.send_message(LANE)
    shelf.take(1)
    assert [each.content for each in until(shelf.peek)] == [LANE]


def test_only_who_has_taken_a_message_removes_it(client: QueueClient, shelf: MessageShelf) -> None:
    client.send_message(LANE)
    (taken,) = shelf.take(300)
    shelf.put_back(taken)
    (later,) = until(lambda: shelf.take(300))
    assert not shelf.remove(taken), "somebody else has it by now"
    assert shelf.remove(later)
    assert not shelf.remove(later)
    assert shelf.count() == 0


def test_no_more_are_given_than_the_service_gives_at_a_time(
    client: QueueClient, shelf: MessageShelf
) -> None:
    for _ in range(AT_ONCE + 3):
        client.send_message(LANE)
    assert (len(shelf.peek()), len(shelf.take(300)), len(shelf.take(300))) == (AT_ONCE, AT_ONCE, 3)


def decider(shelves: Shelves, outboxes: Mapping[Shelf, MessageQueue]) -> DecideAboutMessages:
    return DecideAboutMessages(shelves, outboxes, SystemClock())


def test_one_among_a_thousand_is_found_wherever_it_lies(
    azurite: Azurite, client: QueueClient, shelf: MessageShelf
) -> None:
    """The others are all there: the first are seen at once, those behind them a little later."""
    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(lambda _: str(client.send_message(LANE).id), range(1_000)))
    name = f"test-{uuid.uuid4().hex}"
    back = QueueClient.from_connection_string(azurite.connection_string, name)
    messages = decider({Shelf.WAKE_UPS: shelf}, {Shelf.WAKE_UPS: MessageQueue(back)})
    last = ids[-1]
    messages.resend("wakeups-poison", last)
    first = [each.id for each in shelf.peek()]
    assert len(first) == AT_ONCE
    for each in first[:3]:
        messages.remove("wakeups-poison", each)
    assert (shelf.count(), MessageShelf(back).count()) == (996, 1)
    with pytest.raises(MessageNotFoundError):
        messages.remove("wakeups-poison", last)
    seen = set[str]()

    def all_seen() -> bool:
        seen.update(each.id for each in shelf.take(300))
        return len(seen) == 996

    until(all_seen, lambda: f"{len(seen)} are seen")
    assert seen == {*ids} - {last, *first[:3]}


def test_one_is_sent_again_and_the_others_are_seen_at_once(
    azurite: Azurite, client: QueueClient, shelf: MessageShelf
) -> None:
    """The whole way, over both queues."""
    name = f"test-{uuid.uuid4().hex}"
    back = QueueClient.from_connection_string(azurite.connection_string, name)
    ids = [
        client.send_message(json.dumps({"idempotencyKey": f"key {number}"})).id
        for number in range(3)
    ]
    messages = decider({Shelf.REQUESTS: shelf}, {Shelf.REQUESTS: MessageQueue(back)})
    messages.resend("requests-poison", ids[1])
    sent_again = shelved(Shelf.REQUESTS, MessageShelf(back).peek())
    assert [each.told["idempotencyKey"] for each in sent_again] == ["key 1"]
    assert {each.id for each in shelf.peek()} == {ids[0], ids[2]}
    with pytest.raises(MessageNotFoundError):
        messages.resend("requests-poison", ids[1])
    messages.remove("requests-poison", ids[0])
    assert [each.id for each in shelf.peek()] == [ids[2]]


def test_a_shelf_that_cannot_be_reached_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = "AccountName=account;AccountKey=c2VjcmV0"
    client = QueueClient.from_connection_string(
        f"{account};QueueEndpoint=http://127.0.0.1:{port}/account", "queue", retry_total=0
    )
    shelf = MessageShelf(client)
    message = shelved(Shelf.REQUESTS, [])
    assert message == []
    for call in (shelf.count, shelf.peek, lambda: shelf.take(1)):
        with pytest.raises(StorageUnavailableError, match=r"queue storage: .*refused"):
            call()

"""The stand-in host runs queue functions by the rules of Azure's queue extension."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient

from local.host.functions import QueueFunction
from local.host.host_json import QueueOptions
from local.host.invocation import Invocations
from local.host.queue_storage import TriggerQueue
from local.host.queue_trigger import QueueListener
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.parts import Azurite, FunctionHost

APP = """
    import json
    import os
    import threading
    import time

    import azure.functions as func

    app = func.FunctionApp()
    lock = threading.Lock()
    two = threading.Event()
    running = 0

    def note(**fields: object) -> None:
        with open(os.environ["SEEN"], "a") as file:
            file.write(json.dumps(fields) + "\\n")

    @app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="RUN_STORAGE")
    def work(msg: func.QueueMessage) -> None:
        global running
        with lock:
            running += 1
        text = msg.get_body().decode()
        note(text=text, id=msg.id, count=msg.dequeue_count, at=time.time(), running=running,
             hidden=(msg.time_next_visible - msg.insertion_time).total_seconds(),
             lives=(msg.expiration_time - msg.insertion_time).total_seconds())
        if text == "slow":
            if running > 1:
                two.set()
            two.wait(300)
            time.sleep(0.2)
        with lock:
            running -= 1
        if text == "fails":
            raise RuntimeError("on purpose")

    @app.queue_trigger(arg_name="text", queue_name="%QUEUE%-text", connection="RUN_STORAGE")
    def text_only(text: str) -> None:
        note(text=text, kind=type(text).__name__)
"""


@pytest.fixture
def queue(azurite: Azurite) -> Iterator[QueueClient]:
    """An empty queue, with a name of its own."""
    name = f"work-{uuid.uuid4().hex[:12]}"
    with QueueClient.from_connection_string(azurite.connection_string, name) as client:
        client.create_queue()
        yield client


def send(queue: QueueClient, text: str) -> None:
    queue.send_message(base64.b64encode(text.encode()).decode())


def seen(host: FunctionHost) -> list[dict[str, Any]]:
    """What the functions noted: one entry a run."""
    path = Path(host.environment()["SEEN"])
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def beside(queue: QueueClient, azurite: Azurite, suffix: str) -> QueueClient:
    name = f"{queue.queue_name}-{suffix}"
    return QueueClient.from_connection_string(azurite.connection_string, name)


def contents(queue: QueueClient) -> list[str]:
    """The raw content of a queue's messages; none if it does not exist."""
    try:
        return [message.content for message in queue.peek_messages(32)]
    except ResourceNotFoundError:
        return []


def test_a_message_is_decoded_handed_over_once_and_deleted(
    make_host: Any, queue: QueueClient
) -> None:
    send(queue, "hello")
    with make_host(APP, settings={"QUEUE": queue.queue_name}) as host:
        until(lambda: seen(host))
        until(lambda: queue.get_queue_properties().approximate_message_count == 0)
    (run,) = seen(host)
    assert (run["text"], run["count"]) == ("hello", 1)
    assert run["hidden"] == pytest.approx(600, abs=60)
    assert run["lives"] == pytest.approx(7 * 24 * 3600, abs=60)


def test_a_function_may_ask_for_the_text_alone(
    make_host: Any, queue: QueueClient, azurite: Azurite
) -> None:
    with (
        beside(queue, azurite, "text") as text_queue,
        make_host(APP, settings={"QUEUE": queue.queue_name}) as host,
    ):
        text_queue.create_queue()
        send(text_queue, "grüß dich")
        until(lambda: seen(host))
    assert seen(host) == [{"text": "grüß dich", "kind": "str"}]


def test_a_queue_may_be_made_while_the_host_runs(make_host: Any, queue: QueueClient) -> None:
    queue.delete_queue()
    with make_host(APP, settings={"QUEUE": queue.queue_name}) as host:
        queue.create_queue()
        send(queue, "late")
        until(lambda: seen(host))


def test_without_encoding_a_message_is_taken_as_it_is(make_host: Any, queue: QueueClient) -> None:
    queue.send_message('{"plain": true}')
    plain = {"queues": {"messageEncoding": "none"}}
    with make_host(APP, extensions=plain, settings={"QUEUE": queue.queue_name}) as host:
        until(lambda: seen(host))
    assert seen(host)[0]["text"] == '{"plain": true}'


def test_a_message_that_is_not_base64_goes_to_the_poison_queue_unseen(
    make_host: Any, queue: QueueClient, azurite: Azurite
) -> None:
    queue.send_message('{"plain": true}')
    with (
        beside(queue, azurite, "poison") as poison,
        make_host(APP, settings={"QUEUE": queue.queue_name}) as host,
    ):
        until(lambda: contents(poison) == ['{"plain": true}'])
    assert seen(host) == []


def test_a_message_that_keeps_failing_goes_to_the_poison_queue_after_its_last_try(
    make_host: Any, queue: QueueClient, azurite: Azurite
) -> None:
    send(queue, "fails")
    (sent,) = contents(queue)
    thrice = {"queues": {"maxDequeueCount": 3, "maxPollingInterval": "00:00:00.200"}}
    with (
        beside(queue, azurite, "poison") as poison,
        make_host(APP, extensions=thrice, settings={"QUEUE": queue.queue_name}) as host,
    ):
        until(lambda: contents(poison) == [sent])
        until(lambda: queue.get_queue_properties().approximate_message_count == 0)
    assert [run["count"] for run in seen(host)] == [1, 2, 3]


def test_a_failed_message_waits_for_the_visibility_timeout(
    make_host: Any, queue: QueueClient
) -> None:
    send(queue, "fails")
    later = {"queues": {"visibilityTimeout": "00:00:01", "maxPollingInterval": "00:00:00.100"}}
    with make_host(APP, extensions=later, settings={"QUEUE": queue.queue_name}) as host:
        first, second = until(lambda: seen(host)[:2] if len(seen(host)) > 1 else None)
    # Storage counts visibility in whole seconds of its own clock's milliseconds.
    assert second["at"] - first["at"] > 0.9


def test_no_more_messages_run_at_once_than_batch_size_and_threshold_allow(
    make_host: Any, queue: QueueClient
) -> None:
    for _ in range(7):
        send(queue, "slow")
    two = {"queues": {"batchSize": 2, "newBatchThreshold": 1}}
    with make_host(APP, extensions=two, settings={"QUEUE": queue.queue_name}) as host:
        until(lambda: len(seen(host)) == 7)
    assert max(run["running"] for run in seen(host)) <= 3, "and two at least, or none ends"


def test_the_master_key_starts_a_queue_function_by_hand(make_host: Any, queue: QueueClient) -> None:
    app = APP.replace("(msg.time_next_visible - msg.insertion_time).total_seconds()", "None")
    app = app.replace("(msg.expiration_time - msg.insertion_time).total_seconds()", "None")
    with make_host(app, settings={"QUEUE": queue.queue_name}) as host:
        url = f"{host.url}/admin/functions/work"
        for key, status in ((host.function_key, 401), (host.master_key, 202)):
            headers = {"x-functions-key": key}
            assert httpx.post(url, json={"input": "now"}, headers=headers).status_code == status
        until(lambda: seen(host))
    assert [run["text"] for run in seen(host)] == ["now"]


def test_a_message_stays_hidden_for_as_long_as_it_runs(
    azurite: Azurite, queue: QueueClient
) -> None:
    """Hidden for 3 s at a time, a run of 4 s is still the only one of its message."""
    send(queue, "long")
    runs = []
    stopping = asyncio.Event()

    async def work(msg: object) -> None:
        runs.append(msg)
        await asyncio.sleep(4)
        stopping.set()

    function = QueueFunction("work", work, "msg", None, False, ".", str(queue.queue_name), "")
    service = QueueServiceClient.from_connection_string(azurite.connection_string)
    with service, ThreadPoolExecutor(2) as executor:
        listener = QueueListener(
            function,
            TriggerQueue(service, str(queue.queue_name), executor),
            QueueOptions(max_polling_interval=0.1, batch_size=1),
            Invocations(threads=1, timeout=None),
            hidden_seconds=3,
        )
        asyncio.run(listener.run(stopping))
    assert len(runs) == 1
    assert queue.get_queue_properties().approximate_message_count == 0

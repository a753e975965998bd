"""The app's queues as callers use them: asking for runs, and what was rejected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import (
    QueueClient,
    TextBase64DecodePolicy,
    TextBase64EncodePolicy,
)

from tests.support.broker import Broker, Json
from tests.support.patience import until


def queue(app: Broker, name: str) -> QueueClient:
    return QueueClient.from_connection_string(
        app.azurite.connection_string,
        name,
        message_encode_policy=TextBase64EncodePolicy(),
        message_decode_policy=TextBase64DecodePolicy(),
    )


def plain(app: Broker, name: str) -> QueueClient:
    return QueueClient.from_connection_string(app.azurite.connection_string, name)


@contextmanager
def run_requests(app: Broker) -> Iterator[QueueClient]:
    """Give the queue of requests, empty, once the app has made it."""
    with queue(app, "run-requests") as client:
        until(lambda: exists(client), "the app's first sweep makes it")
        yield client


def exists(client: QueueClient) -> bool:
    try:
        client.clear_messages()
    except ResourceNotFoundError:
        return False
    return True


def rejected(app: Broker) -> list[Json]:
    """Take messages from the queue of rejected ones, at least one."""
    taken: list[Json] = []

    def take() -> list[Json]:
        with suppress(ResourceNotFoundError):  # made when the first message is rejected
            for message in client.receive_messages():
                taken.append(json.loads(message.content))
                client.delete_message(message)
        return taken

    with queue(app, "run-requests-rejected") as client:
        return until(take, "nothing is rejected", every=0.05)

"""A queue whose messages nobody handles by itself: they are looked at, taken, put back, removed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage

from shared.domain.instants import EPOCH
from shared.domain.shelved import Message
from shared.domain.telling import told
from shared.storage.table import StorageUnavailableError
from shared.telemetry import event

AT_ONCE = 32
"""How many messages the service gives at a time, at the most."""


class MessageShelf:
    """Every method raises StorageUnavailableError; a queue that nobody has made is empty."""

    def __init__(self, queue: QueueClient) -> None:
        self._queue = queue

    @property
    def name(self) -> str:
        return self._queue.queue_name

    def count(self) -> int:
        """Count the messages, about, those that somebody has taken among them."""
        with _told():
            try:
                return self._queue.get_queue_properties().approximate_message_count or 0
            except ResourceNotFoundError:
                return 0

    def peek(self) -> list[Message]:
        """Look at the first AT_ONCE messages, but for those that somebody has taken."""
        with _told():
            try:
                return [_message(each) for each in self._queue.peek_messages(AT_ONCE)]
            except ResourceNotFoundError:
                return []

    def take(self, seconds: int) -> list[Message]:
        """Take the first AT_ONCE messages: nobody else sees them for so many seconds."""
        with _told():
            try:
                pages = self._queue.receive_messages(
                    messages_per_page=AT_ONCE, max_messages=AT_ONCE, visibility_timeout=seconds
                ).by_page()
                return [_message(each) for each in next(pages, ())]
            except ResourceNotFoundError:
                return []

    def put_back(self, message: Message) -> None:
        """Let others see a message at once that was taken; if that fails, they see it later."""
        try:
            self._queue.update_message(message.id, message.receipt, visibility_timeout=0)
        except AzureError as error:
            event(
                "shelf.not_put_back", level=logging.WARNING, message_id=message.id, why=told(error)
            )

    def remove(self, message: Message) -> bool:
        """Remove a message that was taken; False if somebody else has taken or removed it since."""
        with _told():
            try:
                self._queue.delete_message(message.id, message.receipt)
            except HttpResponseError as error:
                if error.status_code in (400, 404):
                    return False
                raise
            return True


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise StorageUnavailableError(f"queue storage: {told(error)}") from error


def _message(found: QueueMessage) -> Message:
    return Message(
        id=str(found.id),
        content=str(found.content),
        inserted_at=_instant(found.inserted_on),
        expires_at=_instant(found.expires_on),
        taken=found.dequeue_count or 0,
        receipt=found.pop_receipt,
    )


def _instant(moment: datetime | None) -> int:
    return 0 if moment is None else round((moment - EPOCH).total_seconds() * 1000)

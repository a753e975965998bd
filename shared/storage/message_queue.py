"""Queues: of wake-ups and notifications, which only name what is due, of events and rejections."""

from contextlib import suppress

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.queue import QueueClient

from shared.domain.telling import told
from shared.storage.table import StorageRefusedError, StorageUnavailableError

LONGEST_DELAY_SECONDS = 7 * 24 * 3600 - 3600
_REFUSALS = (400, 413)


class MessageQueue:
    """Sends messages; the queue is made when it is first missed.

    `lives_ms`: how long its messages stay if nobody takes them; None: a week.
    """

    def __init__(self, queue: QueueClient, *, lives_ms: int | None = None) -> None:
        self._queue = queue
        self._time_to_live = None if lives_ms is None else max(1, lives_ms // 1000)
        self._ensured = False

    def send(self, text: str, *, delay_seconds: int = 0) -> None:
        """Send a message that appears after a delay.

        Raises StorageUnavailableError, and StorageRefusedError if it is never taken, as too long.
        """
        try:
            try:
                self._send(text, delay_seconds)
            except ResourceNotFoundError:
                self._create()
                self._send(text, delay_seconds)
        except HttpResponseError as error:
            refused = error.status_code in _REFUSALS
            failed = StorageRefusedError if refused else StorageUnavailableError
            raise failed(f"queue storage: {told(error)}") from error
        except AzureError as error:
            raise StorageUnavailableError(f"queue storage: {told(error)}") from error

    @property
    def name(self) -> str:
        return self._queue.queue_name

    def ensure(self) -> None:
        """Make the queue, for those who send to it; raises StorageUnavailableError."""
        if self._ensured:
            return
        try:
            self._create()
        except AzureError as error:
            raise StorageUnavailableError(f"queue storage: {told(error)}") from error
        self._ensured = True

    def look(self) -> int:
        """Count the messages, about, and make the queue where it is missed.

        Raises StorageUnavailableError.
        """
        try:
            try:
                properties = self._queue.get_queue_properties()
            except ResourceNotFoundError:
                self._create()
                properties = self._queue.get_queue_properties()
        except AzureError as error:
            raise StorageUnavailableError(f"queue storage: {told(error)}") from error
        return properties.approximate_message_count or 0

    def _create(self) -> None:
        # Another instance may have missed it at the same time.
        with suppress(ResourceExistsError):
            self._queue.create_queue()

    def _send(self, text: str, delay_seconds: int) -> None:
        delay = max(0, min(delay_seconds, LONGEST_DELAY_SECONDS))
        self._queue.send_message(text, visibility_timeout=delay, time_to_live=self._time_to_live)

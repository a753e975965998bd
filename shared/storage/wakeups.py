"""The queue of wake-ups: messages that name a lane and hold nothing else."""

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueClient

from shared.storage.table import StorageUnavailableError

WAKE_UPS_QUEUE = "lane-wakeups"
LONGEST_DELAY_SECONDS = 7 * 24 * 3600 - 3600


class WakeUpQueue:
    """Sends wake-ups; the queue is made when it is first missed."""

    def __init__(self, queue: QueueClient) -> None:
        self._queue = queue

    def send(self, lane_id: str, *, delay_seconds: int = 0) -> None:
        """Send a wake-up that appears after a delay; raises StorageUnavailableError."""
        delay = max(0, min(delay_seconds, LONGEST_DELAY_SECONDS))
        try:
            try:
                self._queue.send_message(lane_id, visibility_timeout=delay)
            except ResourceNotFoundError:
                self._queue.create_queue()
                self._queue.send_message(lane_id, visibility_timeout=delay)
        except AzureError as error:
            raise StorageUnavailableError(f"queue storage: {error}") from error

"""Queue triggers: take messages, run the function, then delete, retry or set aside.

The rules are those of the real host's queue extension: a message is hidden for ten minutes while
it runs, renewed half-way; polling backs off while the queue is empty; a message that failed for
the last time goes to `<queue>-poison`, one that cannot be decoded goes there at once.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import random
import uuid
from typing import TYPE_CHECKING

from azure.functions.queue import QueueMessage

from local.host.invocation import FunctionFailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from azure.storage.queue import QueueMessage as StoredMessage

    from local.host.functions import QueueFunction
    from local.host.host_json import QueueOptions
    from local.host.invocation import Invocations
    from local.host.queue_storage import TriggerQueue

logger = logging.getLogger(__name__)

SHORTEST_POLL_SECONDS = 0.1
HIDDEN_SECONDS = 600


class QueueListener:
    """Listens to one queue for one function."""

    def __init__(
        self,
        function: QueueFunction,
        queue: TriggerQueue,
        options: QueueOptions,
        invocations: Invocations,
        *,
        hidden_seconds: int = HIDDEN_SECONDS,
    ) -> None:
        self._function = function
        self._queue = queue
        self._options = options
        self._invocations = invocations
        self._hidden_seconds = hidden_seconds
        self._processing: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Poll until `stopping` is set; return when the messages taken until then are done."""
        stopped = asyncio.create_task(stopping.wait())
        idle_polls = 0
        while not stopping.is_set():
            messages = await self._queue.receive(self._options.batch_size, self._hidden_seconds)
            if stopping.is_set():  # give them back, another host may have them
                await asyncio.gather(*(self._queue.hide(message, 0) for message in messages))
            elif messages:
                idle_polls = 0
                self._processing |= {asyncio.create_task(self._process(m)) for m in messages}
                await self._wait_for_room(stopped)
            else:
                await asyncio.wait({stopped}, timeout=self._idle_delay(idle_polls))
                idle_polls += 1
        if self._processing:
            await asyncio.wait(self._processing)

    async def run_now(self, text: str) -> None:
        """Run the function on a message made from `text`, which no queue has ever held."""
        message = _message(id=str(uuid.uuid4()), body=text.encode(), dequeue_count=1)
        with contextlib.suppress(FunctionFailedError):  # logged already
            await self._invocations.run(self._function, self._as_annotated(message))

    async def _wait_for_room(self, stopped: asyncio.Task[bool]) -> None:
        """Wait until no more than newBatchThreshold messages are in work."""
        while len(self._processing) > self._options.new_batch_threshold and not stopped.done():
            await asyncio.wait({stopped, *self._processing}, return_when=asyncio.FIRST_COMPLETED)
            self._processing = {task for task in self._processing if not task.done()}

    def _idle_delay(self, idle_polls: int) -> float:
        doubled = SHORTEST_POLL_SECONDS * float(2 ** min(idle_polls, 20))
        return min(self._options.max_polling_interval, doubled * random.uniform(0.8, 1.2))

    async def _process(self, message: StoredMessage) -> None:
        try:
            body = decoded(message.content) if self._options.base64 else message.content.encode()
        except ValueError:
            await self._queue.set_aside(message, "is not base64")
            return
        count = message.dequeue_count or 1
        if count > self._options.max_dequeue_count:  # its last run was never heard of again
            await self._queue.set_aside(message, "was taken too often")
        elif await self._succeeds(message, body):
            await self._queue.delete(message)
        elif count == self._options.max_dequeue_count:
            await self._queue.set_aside(message, f"failed {count} times")
        else:
            await self._queue.hide(message, self._options.visibility_timeout)

    async def _succeeds(self, message: StoredMessage, body: bytes) -> bool:
        value = _message(
            id=message.id,
            body=body,
            dequeue_count=message.dequeue_count,
            insertion_time=message.inserted_on,
            expiration_time=message.expires_on,
            time_next_visible=message.next_visible_on,
            pop_receipt=message.pop_receipt,
        )
        async with self._kept_hidden(message):
            try:
                await self._invocations.run(self._function, self._as_annotated(value))
            except FunctionFailedError:
                return False
            except UnicodeDecodeError:
                logger.warning("message %s is not UTF-8, as str needs it to be", message.id)
                return False
            return True

    def _as_annotated(self, message: QueueMessage) -> object:
        """Return what the function asks for: the message, or only its body as str or bytes."""
        if self._function.annotation is str:
            return message.get_body().decode()
        return message.get_body() if self._function.annotation is bytes else message

    @contextlib.asynccontextmanager
    async def _kept_hidden(self, message: StoredMessage) -> AsyncIterator[None]:
        """Renew the time that the message is hidden, half-way, for as long as it runs."""
        done = asyncio.Event()

        async def renew() -> None:
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), self._hidden_seconds / 2)
                if not done.is_set():
                    await self._queue.hide(message, self._hidden_seconds)

        renewal = asyncio.create_task(renew())
        try:
            yield
        finally:
            # Not cancelled: a renewal under way brings the pop receipt that deletion needs.
            done.set()
            await renewal


def _message(**fields: object) -> QueueMessage:
    """Make the message as the worker's converter does, whose class alone carries every field."""
    return QueueMessage(**fields)


def decoded(content: str) -> bytes:
    """Decode a message's base64, in which .NET allows white space; ValueError if it is none."""
    return base64.b64decode("".join(content.split()), validate=True)

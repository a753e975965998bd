"""The storage calls of a queue trigger, made in threads so that the event loop goes on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from azure.storage.queue import QueueClient, QueueMessage, QueueServiceClient

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class TriggerQueue:
    """A queue and its `<name>-poison`.

    Errors of storage are logged and end here: a message that cannot be deleted, released or moved
    shows up again by itself when the time it is hidden for has passed.
    """

    def __init__(self, service: QueueServiceClient, name: str, executor: Executor) -> None:
        self.name = name
        self._queue: QueueClient = service.get_queue_client(name)
        self._poison: QueueClient = service.get_queue_client(f"{name}-poison")
        self._executor = executor

    async def receive(self, at_most: int, hidden_seconds: int) -> list[QueueMessage]:
        """Take messages; none as well while the queue does not exist or cannot be read."""

        def receive() -> list[QueueMessage]:
            pages = self._queue.receive_messages(
                messages_per_page=at_most, max_messages=at_most, visibility_timeout=hidden_seconds
            ).by_page()
            return list(next(pages, []))

        try:
            return await self._in_thread(receive)
        except ResourceNotFoundError:
            logger.debug("queue %s does not exist yet", self.name)
        except AzureError as error:
            logger.warning("queue %s cannot be read: %s", self.name, error)
        return []

    async def delete(self, message: QueueMessage) -> None:
        await self._attempt("delete", lambda: self._queue.delete_message(message))

    async def hide(self, message: QueueMessage, seconds: float) -> None:
        """Hide the message for so long from now on; the new pop receipt is kept in `message`."""

        def hide() -> None:
            updated = self._queue.update_message(message, visibility_timeout=round(seconds))
            message.pop_receipt = updated.pop_receipt

        await self._attempt("hide", hide)

    async def set_aside(self, message: QueueMessage, reason: str) -> None:
        """Move the message with its content as it is to the poison queue, made when missing."""
        poison = self._poison.queue_name
        logger.warning("message %s of queue %s %s: to %s", message.id, self.name, reason, poison)

        def move() -> None:
            try:
                self._poison.send_message(message.content)
            except ResourceNotFoundError:
                self._create_poison_queue()
                self._poison.send_message(message.content)
            self._queue.delete_message(message)

        await self._attempt("set aside", move)

    def _create_poison_queue(self) -> None:
        try:
            self._poison.create_queue()
        except ResourceExistsError:
            logger.debug("another host has just made queue %s", self._poison.queue_name)

    async def _attempt(self, verb: str, call: Callable[[], object]) -> None:
        try:
            await self._in_thread(call)
        except ResourceNotFoundError:
            logger.debug("queue %s: nothing left to %s", self.name, verb)
        except AzureError as error:
            logger.warning("queue %s: cannot %s a message: %s", self.name, verb, error)

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

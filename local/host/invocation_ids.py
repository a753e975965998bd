"""Which invocation a thread or task works for, as the Python worker for 3.11 and 3.12 keeps it."""

from __future__ import annotations

import logging
import threading
from contextvars import ContextVar

thread_local = threading.local()
task_local: ContextVar[str | None] = ContextVar("invocation_id", default=None)

_OF_THE_HOST = ("local", "uvicorn", "asyncio")
logger = logging.getLogger(__name__)


def current() -> str | None:
    """Give the id of the invocation that this thread, or this task, works for."""
    return task_local.get() or getattr(thread_local, "invocation_id", None)


class KeepsInvocations(logging.Filter):
    """Lets through what is logged for an invocation, and what the host itself logs.

    Azure's host discards the rest (GrpcWorkerChannel.Log). Here a line tells that it did, by the
    event's name alone, so that a test can hold their number to zero.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] in _OF_THE_HOST or current() is not None:
            return True
        what = record.getMessage().partition(" ")[0]
        logger.warning("dropped a log record without an invocation id: %s %s", record.name, what)
        return False

"""Call a function as the Python worker does: sync in a thread pool, async on the event loop."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.host.functions import HttpFunction
from local.host.invocation_ids import task_local, thread_local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.host.functions import Function

logger = logging.getLogger(__name__)


class FunctionFailedError(Exception):
    """The function raised, or returned what its bindings cannot take; already logged."""


@dataclass(frozen=True)
class TraceContext:
    trace_parent: str = ""
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RetryContext:
    """No retry policies here: the queue's own retries show in the message's dequeue count."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


@dataclass(frozen=True)
class InvocationContext:
    """What a function with a `context` parameter gets; as in the worker no subclass of Context."""

    invocation_id: str
    function_name: str
    function_directory: str
    thread_local_storage: Any = thread_local
    trace_context: Any = TraceContext()
    retry_context: Any = RetryContext()


class Invocations:
    """Runs functions and logs how they end.

    `threads` is the size of the pool for sync functions (None: Python's default, as in the
    worker), `timeout` the seconds after which a running function is reported (None: never).
    """

    def __init__(self, threads: int | None, timeout: float | None) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._timeout = timeout

    async def run(self, function: Function, value: object) -> Any:
        """Call the function with the trigger's value; FunctionFailedError if it fails."""
        context = InvocationContext(str(uuid.uuid4()), function.name, function.directory)
        arguments = {function.argument: value}
        if function.wants_context:
            arguments["context"] = context
        logger.debug("%s started, id %s", function.name, context.invocation_id)
        started = time.monotonic()
        overdue = self._report_when_overdue(function)
        try:
            result = await self._call(function, arguments, context)
            _check_returned(function, result)
        except Exception as error:  # the edge between the host and the app
            logger.exception("%s failed, id %s", function.name, context.invocation_id)
            raise FunctionFailedError(function.name) from error
        finally:
            if overdue:
                overdue.cancel()
        elapsed = 1000 * (time.monotonic() - started)
        logger.debug("%s ended, id %s, %.0f ms", function.name, context.invocation_id, elapsed)
        return result

    def close(self) -> None:
        """Give the threads back; what still runs in them goes on."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _call(
        self, function: Function, arguments: dict[str, Any], context: InvocationContext
    ) -> Any:
        if inspect.iscoroutinefunction(function.call):
            token = task_local.set(context.invocation_id)
            try:
                return await function.call(**arguments)
            finally:
                task_local.reset(token)
        variables = copy_context()

        def call() -> Any:
            thread_local.invocation_id = context.invocation_id
            try:
                return variables.run(function.call, **arguments)
            finally:
                thread_local.invocation_id = None

        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def _report_when_overdue(self, function: Function) -> asyncio.TimerHandle | None:
        if self._timeout is None:
            return None
        message = "%s runs longer than functionTimeout (%.0f s)"
        return asyncio.get_running_loop().call_later(
            self._timeout, logger.error, message, function.name, self._timeout
        )


def _check_returned(function: Function, result: object) -> None:
    if result is not None and not isinstance(function, HttpFunction):
        raise TypeError(f"it has no $return binding, but returned {type(result).__name__}")

"""Put a host together from the app's functions, host.json and the app settings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from local.host.app_settings import queue_service, resolve
from local.host.by_hand import StartedByHand
from local.host.errors import HostError
from local.host.functions import HttpFunction, QueueFunction, TimerFunction
from local.host.http_trigger import WebApp
from local.host.invocation import Invocations
from local.host.queue_storage import TriggerQueue
from local.host.queue_trigger import QueueListener
from local.host.routes import read_routes
from local.host.schedule import parse_schedule
from local.host.timer_trigger import Timer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Mapping

    from azure.storage.queue import QueueServiceClient

    from local.host.functions import Function
    from local.host.host_json import HostOptions
    from local.host.keys import Keys

# Fewer than the connections that the SDK's HTTP session keeps (10), so that none is thrown away.
STORAGE_THREADS = 8
THREADS_SETTING = "PYTHON_THREADPOOL_THREAD_COUNT"


class Trigger(Protocol):
    async def run(self, stopping: asyncio.Event) -> None:
        """Run until `stopping` is set and what was begun has ended."""


@dataclass(frozen=True)
class Host:
    """The parts of a host, ready to run."""

    web_app: WebApp
    triggers: list[Trigger]
    started_by_hand: StartedByHand
    invocations: Invocations


def assemble(
    functions: list[Function],
    options: HostOptions,
    settings: Mapping[str, str],
    keys: Keys,
    *,
    timers_tick: bool = True,
) -> Host:
    """Build the host; HostError if a function, an option or a setting does not fit."""
    invocations = Invocations(_thread_count(settings), options.function_timeout)
    queued = [f for f in functions if isinstance(f, QueueFunction)]
    listeners = _listeners(queued, options, settings, invocations)
    timers = {
        f.name: _timer(f, settings, invocations) for f in functions if isinstance(f, TimerFunction)
    }
    by_hand = StartedByHand(listeners, timers)
    web_app = WebApp(
        read_routes(f for f in functions if isinstance(f, HttpFunction)),
        prefix=options.route_prefix,
        keys=keys,
        invocations=invocations,
        run_now=by_hand.start,
    )
    ticking = timers.values() if timers_tick else ()
    return Host(web_app, [*listeners.values(), *ticking], by_hand, invocations)


def _listeners(
    functions: Iterable[QueueFunction],
    options: HostOptions,
    settings: Mapping[str, str],
    invocations: Invocations,
) -> dict[str, QueueListener]:
    executor = ThreadPoolExecutor(STORAGE_THREADS, thread_name_prefix="storage")
    services: dict[str, QueueServiceClient] = {}
    listeners = {}
    for function in functions:
        where = f"function {function.name}"
        name = resolve(function.queue_name, settings, where=where)
        service = services.get(function.connection)
        if service is None:
            service = queue_service(function.connection, settings, where=where)
            services[function.connection] = service
        queue = TriggerQueue(service, name, executor)
        listeners[function.name] = QueueListener(function, queue, options.queues, invocations)
    return listeners


def _timer(function: TimerFunction, settings: Mapping[str, str], invocations: Invocations) -> Timer:
    where = f"function {function.name}"
    try:
        schedule = parse_schedule(resolve(function.schedule, settings, where=where))
    except ValueError as error:
        raise HostError(f"{where}: {error}") from None
    return Timer(function, schedule, invocations)


def _thread_count(settings: Mapping[str, str]) -> int | None:
    """Read the size of the pool for sync functions; None is Python's default, as in the worker."""
    text = settings.get(THREADS_SETTING)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise HostError(f"app setting {THREADS_SETTING} must be a whole number from 1")
    return int(text)

"""The process's own time, chance and threads, as the services need them (services/ports.py)."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

from shared.invocation import carried
from shared.services.ports import Call

Result = TypeVar("Result")

_NS_IN_MS = 1_000_000


class SystemClock:
    """The machine's clocks."""

    def now(self) -> int:
        return time.time_ns() // _NS_IN_MS

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


class ThreadSignal:
    """A signal between threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> None:
        self._event.wait(min(max(0.0, seconds), threading.TIMEOUT_MAX))
        self._event.clear()


class _ThreadCall(Call[Result]):
    def __init__(self, future: Future[Result]) -> None:
        self.future = future

    def done(self) -> bool:
        return self.future.done()

    def result(self) -> Result:
        return self.future.result()


class ThreadCrew:
    """Does calls in threads, as many side by side as the pool has."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def start(self, work: Callable[[], Result]) -> Call[Result]:
        return _ThreadCall(self._pool.submit(carried(work)))

    def wait(self, calls: Iterable[Call[Any]], seconds: float) -> None:
        futures = [call.future for call in calls if isinstance(call, _ThreadCall)]
        wait(futures, timeout=max(0.0, seconds))


@contextmanager
def thread_crew(size: int) -> Iterator[ThreadCrew]:
    """Hire a crew; leaving waits for its calls, and drops those that were not begun."""
    pool = ThreadPoolExecutor(size, thread_name_prefix="crew")
    try:
        yield ThreadCrew(pool)
    finally:
        pool.shutdown(cancel_futures=True)

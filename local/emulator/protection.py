"""Service protection: what one caller may ask for (the Dataverse contract, section 2)."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NoReturn

from local.emulator.behaviour import Behaviour
from local.emulator.errors import TOO_CONCURRENT, TOO_MANY_REQUESTS, TOO_MUCH_TIME, WebApiError
from local.emulator.window import ArrivalWindow

CONCURRENCY_WAIT_SECONDS = 2


class ExecutionTime:
    """How long the requests of a sliding window took; times in ms."""

    def __init__(self) -> None:
        self._served: deque[tuple[int, int]] = deque()

    def add(self, ended_ms: int, took_ms: int) -> None:
        self._served.append((ended_ms, took_ms))

    def used(self, now_ms: int, window_ms: int) -> int:
        while self._served and self._served[0][0] <= now_ms - window_ms:
            self._served.popleft()
        return sum(took for _, took in self._served)

    def wait_ms(self, now_ms: int, limit_ms: int, window_ms: int) -> int:
        """Return after how many ms less than the limit is used; 0 if it is now."""
        used = self.used(now_ms, window_ms)
        for ended, took in self._served:
            if used < limit_ms:
                break
            used -= took
            wait = ended + window_ms - now_ms
            if used < limit_ms:
                return max(1, wait)
        return 0

    def clear(self) -> None:
        self._served.clear()


class Protection:
    """Counts the one caller's requests on the one web server that the emulator is."""

    def __init__(self, behaviour: Callable[[], Behaviour]) -> None:
        self._behaviour = behaviour
        self._window = ArrivalWindow()
        self._time = ExecutionTime()
        self._under_way = 0
        self._refuses_until_ms = 0
        self._refusal = (TOO_MANY_REQUESTS, "")

    @contextlib.contextmanager
    def admitted(self, arrived_ms: int) -> Iterator[None]:
        """Count a request while it is served; 429 if it is one too many."""
        behaviour = self._behaviour()
        window_ms = round(behaviour.request_window_seconds * 1000)
        if arrived_ms < self._refuses_until_ms:
            # As documented: on subsequent requests too, until the Retry-After duration has ended.
            wait_ms = self._refuses_until_ms - arrived_ms
            raise WebApiError(429, *self._refusal, retry_after(wait_ms))
        wait_ms = self._window.wait_ms(arrived_ms, behaviour.requests_per_window, window_ms)
        if wait_ms:
            message = (
                f"Number of requests exceeded the limit of {behaviour.requests_per_window} over "
                f"time window of {behaviour.request_window_seconds} seconds."
            )
            self._refuse(TOO_MANY_REQUESTS, message, wait_ms, arrived_ms)
        limit_ms = round(behaviour.execution_seconds_per_window * 1000)
        wait_ms = self._time.wait_ms(arrived_ms, limit_ms, window_ms)
        if wait_ms:
            message = (
                "Combined execution time of incoming requests exceeded limit of "
                f"{limit_ms} milliseconds over time window of "
                f"{behaviour.request_window_seconds} seconds."
            )
            self._refuse(TOO_MUCH_TIME, message, wait_ms, arrived_ms)
        if self._under_way >= behaviour.concurrent_requests:
            message = (
                "Number of concurrent requests exceeded the limit of "
                f"{behaviour.concurrent_requests}."
            )
            wait_ms = CONCURRENCY_WAIT_SECONDS * 1000
            raise WebApiError(429, TOO_CONCURRENT, message, retry_after(wait_ms))
        self._window.add(arrived_ms, window_ms)
        self._under_way += 1
        began = time.monotonic()
        try:
            yield
        finally:
            self._under_way -= 1
            took_ms = round((time.monotonic() - began) * 1000)
            self._time.add(arrived_ms + took_ms, took_ms)

    def _refuse(self, code: str, message: str, wait_ms: int, arrived_ms: int) -> NoReturn:
        """Refuse this request, and all that come before the whole seconds of Retry-After end."""
        wait = retry_after(wait_ms)
        self._refusal = (code, message)
        self._refuses_until_ms = arrived_ms + int(wait["Retry-After"]) * 1000
        raise WebApiError(429, code, message, wait)

    def headers(self, now_ms: int) -> dict[str, str]:
        """Return the headers that tell what is left."""
        behaviour = self._behaviour()
        window_ms = round(behaviour.request_window_seconds * 1000)
        used = self._window.count(now_ms, window_ms)
        left = behaviour.execution_seconds_per_window - self._time.used(now_ms, window_ms) / 1000
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(
                max(0, behaviour.requests_per_window - used)
            ),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{max(0, left):,.2f}",
            "x-ms-dop-hint": "4",
        }

    def clear(self) -> None:
        self._window.clear()
        self._time.clear()
        self.forgive()

    def forgive(self) -> None:
        """Let requests in again that a Retry-After keeps out: the limits are others now."""
        self._refuses_until_ms = 0


def retry_after(wait_ms: int) -> dict[str, str]:
    """Return the Retry-After header: whole seconds, rounded up."""
    return {"Retry-After": str(-(-wait_ms // 1000))}

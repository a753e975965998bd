"""Service protection: what one caller may ask for (the Dataverse contract, section 2)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from local.emulator.behaviour import Behaviour
from local.emulator.errors import TOO_CONCURRENT, TOO_MANY_REQUESTS, WebApiError
from local.emulator.window import ArrivalWindow

# What the headers say is left of the execution time: the emulator does not meter it.
EXECUTION_SECONDS = 1200
CONCURRENCY_WAIT_SECONDS = 2


class Protection:
    """Counts the one caller's requests on the one web server that the emulator is."""

    def __init__(self, behaviour: Callable[[], Behaviour]) -> None:
        self._behaviour = behaviour
        self._window = ArrivalWindow()
        self._under_way = 0

    @contextlib.contextmanager
    def admitted(self, arrived_ms: int) -> Iterator[None]:
        """Count a request while it is served; 429 if it is one too many."""
        behaviour = self._behaviour()
        window_ms = round(behaviour.request_window_seconds * 1000)
        wait_ms = self._window.wait_ms(arrived_ms, behaviour.requests_per_window, window_ms)
        if wait_ms:
            message = (
                f"Number of requests exceeded the limit of {behaviour.requests_per_window} over "
                f"time window of {behaviour.request_window_seconds} seconds."
            )
            raise WebApiError(429, TOO_MANY_REQUESTS, message, retry_after(wait_ms))
        if self._under_way >= behaviour.concurrent_requests:
            message = (
                "Number of concurrent requests exceeded the limit of "
                f"{behaviour.concurrent_requests}."
            )
            wait_ms = CONCURRENCY_WAIT_SECONDS * 1000
            raise WebApiError(429, TOO_CONCURRENT, message, retry_after(wait_ms))
        self._window.add(arrived_ms, window_ms)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def headers(self, now_ms: int) -> dict[str, str]:
        """Return the headers that tell what is left."""
        behaviour = self._behaviour()
        used = self._window.count(now_ms, round(behaviour.request_window_seconds * 1000))
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(
                max(0, behaviour.requests_per_window - used)
            ),
            "x-ms-ratelimit-time-remaining-xrm-requests": str(EXECUTION_SECONDS),
            "x-ms-dop-hint": "4",
        }

    def clear(self) -> None:
        self._window.clear()


def retry_after(wait_ms: int) -> dict[str, str]:
    """Return the Retry-After header: whole seconds, rounded up."""
    return {"Retry-After": str(-(-wait_ms // 1000))}

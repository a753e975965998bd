"""Sending by OTLP: exporters that note whether they could, and an end that takes no longer than is.

Nobody waits for them: the SDK calls them in threads of its own.
"""

import atexit
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

SEND_SECONDS = 5.0
"""How long sending may take, its repetitions included."""

EXIT_SECONDS = 2.0
"""How long a process that ends waits for the last of it."""


class Failing:
    """Which signals cannot be sent: told once, until all of them can be again."""

    def __init__(self) -> None:
        self._failing: set[str] = set()
        self._told = False
        self._lock = threading.Lock()

    def note(self, signal: str, *, sent: bool) -> None:
        with self._lock:
            if not sent:
                self._failing.add(signal)
                return
            self._failing.discard(signal)
            self._told = self._told and bool(self._failing)

    def untold(self) -> str | None:
        """Name the signals, if nobody was told since they fail."""
        with self._lock:
            if self._told or not self._failing:
                return None
            self._told = True
            return ", ".join(sorted(self._failing))


class Spans(OTLPSpanExporter):
    """Sends spans."""

    def __init__(self, failing: Failing) -> None:
        super().__init__(timeout=_seconds())
        self._failing = failing

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result: SpanExportResult = super().export(spans)
        self._failing.note("traces", sent=result is SpanExportResult.SUCCESS)
        return result


class Metrics(OTLPMetricExporter):
    """Sends metrics."""

    def __init__(self, failing: Failing) -> None:
        super().__init__(timeout=_seconds())
        self._failing = failing

    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = 10_000, **options: Any
    ) -> MetricExportResult:
        result: MetricExportResult = super().export(metrics_data, timeout_millis, **options)
        self._failing.note("metrics", sent=result is MetricExportResult.SUCCESS)
        return result


def at_exit(close: Callable[[], None]) -> None:
    """Have something closed as the process ends, in a thread that is not waited for for ever.

    It is there from now on: a process that ends can start none.
    """
    ends, closed = threading.Event(), threading.Event()

    def wait() -> None:
        ends.wait()
        close()
        closed.set()

    def end() -> None:
        ends.set()
        closed.wait(EXIT_SECONDS)

    threading.Thread(target=wait, name="telemetry-exit", daemon=True).start()
    atexit.register(end)


def _seconds() -> float | None:
    """Give the time for sending; None: as OpenTelemetry's own setting says."""
    return None if "OTEL_EXPORTER_OTLP_TIMEOUT" in os.environ else SEND_SECONDS

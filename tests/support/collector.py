"""A receiver of OTLP over HTTP: keeps what it is sent, decoded, and answers as a test wants."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

Values = dict[str, Any]


@dataclass(frozen=True)
class SpanSeen:
    """A span as it came; ids in hexadecimal, `parent` empty where it has none.

    `links`: the traces that it has links to, each with a span of it. `process`: who sent it.
    """

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    attributes: Values
    links: frozenset[tuple[str, str]]
    process: str
    failed: bool


@dataclass(frozen=True)
class PointSeen:
    """A point of a metric as it came; `value`: of a histogram how many it counts."""

    name: str
    unit: str
    attributes: Values
    value: float
    process: str


@dataclass
class Collector:
    """`status`: what it answers; `silent`: set, it answers nothing at all until it is not."""

    url: str = ""
    status: int = 200
    requests: int = 0
    spans: list[SpanSeen] = field(default_factory=list)
    points: list[PointSeen] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    silent: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    def hear(self, path: str, body: bytes) -> None:
        self.requests += 1
        if self.silent:
            self.released.wait()
        if self.status != 200:
            return
        self.bodies.append(body)
        if path == "/v1/traces":
            self.spans += _spans(ExportTraceServiceRequest.FromString(body))
        elif path == "/v1/metrics":
            self.points += _points(ExportMetricsServiceRequest.FromString(body))

    def trace(self, trace_id: str) -> list[SpanSeen]:
        return [each for each in list(self.spans) if each.trace == trace_id]

    def metrics(self) -> set[str]:
        return {each.name for each in list(self.points)}


@contextmanager
def collector() -> Iterator[Collector]:
    """Receive on a free port of this machine until the end of the block."""
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.hear(self.path, body)
            with contextlib.suppress(OSError):  # whoever sent it may be gone
                self.send_response(made.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield made
        made.released.set()
        server.shutdown()
        serving.join()


def _spans(request: ExportTraceServiceRequest) -> Iterator[SpanSeen]:
    for resource in request.resource_spans:
        process = _values(resource.resource.attributes)["service.instance.id"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield SpanSeen(
                    name=span.name,
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    kind=span.kind,
                    attributes=_values(span.attributes),
                    links=frozenset(
                        (each.trace_id.hex(), each.span_id.hex()) for each in span.links
                    ),
                    process=process,
                    failed=span.status.code == span.status.STATUS_CODE_ERROR,
                )


def _points(request: ExportMetricsServiceRequest) -> Iterator[PointSeen]:
    for resource in request.resource_metrics:
        process = _values(resource.resource.attributes)["service.instance.id"]
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                for point in getattr(metric, kind or "").data_points:
                    yield PointSeen(
                        metric.name, metric.unit, _values(point.attributes), _value(point), process
                    )


def _value(point: Any) -> float:
    if hasattr(point, "bucket_counts"):
        return float(point.count)
    return float(getattr(point, point.WhichOneof("value")))


def _values(attributes: Iterable[KeyValue]) -> Values:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value") or "") for each in attributes
    }

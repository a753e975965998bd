"""Spans and metrics by OpenTelemetry, sent by OTLP over HTTP: otlp_*.py are parts of it.

Imported at first use, and only where an endpoint is set; nothing else knows OpenTelemetry. What
does not fit into its bounded queue is dropped, and so is what a receiver refuses.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)

from shared.domain.trace import Trace
from shared.otlp_metrics import Instruments
from shared.otlp_sending import Failing, Metrics, Spans, at_exit
from shared.telemetry import Field
from shared.tracing import Attributes, Kind, Span, named

SERVICE = "desktop-flow-broker"

EVERY_MS = 1_000
"""How often spans are sent: a process that is killed loses those of so long."""

_own: ContextVar[Trace | None] = ContextVar("own", default=None)

_run: ContextVar[str | None] = ContextVar("run", default=None)
"""By its first span's id, the run that the span under way is of: several runs may share a trace."""


class _Ids(RandomIdGenerator):
    """Gives the first span of a run the ids that everybody knows it by; others are random."""

    def generate_span_id(self) -> int:
        own = _own.get()
        return super().generate_span_id() if own is None else int(own.span_id, 16)

    def generate_trace_id(self) -> int:
        own = _own.get()
        return super().generate_trace_id() if own is None else int(own.trace_id, 16)


class _Under:
    """A span that is under way."""

    def __init__(self, span: api.Span) -> None:
        self._span = span

    def tell(self, *, failed: bool = False, **attributes: Field) -> None:
        self._span.set_attributes(named(attributes))
        if failed:
            self._span.set_status(api.Status(api.StatusCode.ERROR))


class Otlp:
    """Sends what shared/tracing.py is told; safe to use from several threads."""

    def __init__(self) -> None:
        self._failing = Failing()
        resource = Resource.create(_resource())
        self._traces = TracerProvider(
            sampler=sampler(), resource=resource, id_generator=_Ids(), shutdown_on_exit=False
        )
        delay = None if "OTEL_BSP_SCHEDULE_DELAY" in os.environ else EVERY_MS
        spans = BatchSpanProcessor(Spans(self._failing), schedule_delay_millis=delay)
        self._traces.add_span_processor(spans)
        self._tracer = self._traces.get_tracer(SERVICE)
        reader = PeriodicExportingMetricReader(Metrics(self._failing))
        self._meters = MeterProvider([reader], resource, shutdown_on_exit=False)
        made = Instruments(self._meters.get_meter(SERVICE))
        self.count, self.took, self.state = made.count, made.took, made.state

    @contextmanager
    def span(
        self, name: str, kind: Kind, of: Trace | None, attributes: Attributes
    ) -> Iterator[Span]:
        around = api.get_current_span()
        there = around.get_span_context()
        within = of is not None and of.span_id == _run.get()
        context, beside = _place(there, of, within=within)
        with self._tracer.start_as_current_span(
            name,
            context,
            api.SpanKind[kind.name],
            attributes,
            [api.Link(there)] if beside else [],
            record_exception=False,  # its text may hold an address
            set_status_on_exception=False,
        ) as made:
            if beside:
                around.add_link(made.get_span_context())
            run = _run.set(None if of is None else of.span_id)
            try:
                yield _Under(made)
            except BaseException as error:
                made.set_attribute("error.type", type(error).__name__)
                made.set_status(api.Status(api.StatusCode.ERROR))
                raise
            finally:
                _run.reset(run)

    def done(
        self, name: str, own: Trace, parent: Trace | None, since: int, attributes: Attributes
    ) -> None:
        context = Context() if parent is None else _context(parent)
        token = _own.set(own)
        try:
            made = self._tracer.start_span(
                name, context, api.SpanKind.SERVER, attributes, start_time=since
            )
        finally:
            _own.reset(token)
        made.end()

    def current(self) -> str | None:
        found = api.get_current_span().get_span_context()
        if not found.is_valid:
            return None
        ids = api.format_trace_id(found.trace_id), api.format_span_id(found.span_id)
        return Trace(*ids, sampled=found.trace_flags.sampled).text

    def failures(self) -> str | None:
        return self._failing.untold()

    def close(self) -> None:
        """Send what is left."""
        self._traces.shutdown()
        self._meters.shutdown()


def backend() -> Otlp:
    """Make the one that sends, by OpenTelemetry's own settings; it ends with the process."""
    made = Otlp()
    at_exit(made.close)
    return made


def sampler() -> Sampler:
    """Sample as OTEL_TRACES_SAMPLER says, if it says what a Python SDK knows; else everything.

    A run is sampled by the id of its trace alone: all processes, which do not ask each other, tell
    of the same runs. What a caller does not sample is not sampled here.
    """
    name = os.environ.get("OTEL_TRACES_SAMPLER", "").removeprefix("parentbased_")
    root: Sampler = ALWAYS_OFF if name == "always_off" else ALWAYS_ON
    if name == "traceidratio":
        root = TraceIdRatioBased(_ratio(os.environ.get("OTEL_TRACES_SAMPLER_ARG", "")))
    return ParentBased(root, remote_parent_sampled=root)


def _ratio(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 1.0


def _resource() -> dict[str, str]:
    """Name the app and this instance, where OTEL_SERVICE_NAME and its like do not."""
    given = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    named_already = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in given
    name = {} if named_already else {"service.name": SERVICE}
    return name | {"service.instance.id": str(uuid.uuid4())}


def _place(
    there: api.SpanContext, of: Trace | None, *, within: bool
) -> tuple[Context | None, bool]:
    """Say under what a span goes (None: what is under way), and whether that stands beside it.

    `within`: what is under way is of the same run.
    """
    if of is None:
        return Context(), False
    return (None, False) if within else (_context(of), there.is_valid)


def _context(trace: Trace) -> Context:
    flags = api.TraceFlags(api.TraceFlags.SAMPLED if trace.sampled else api.TraceFlags.DEFAULT)
    ids = int(trace.trace_id, 16), int(trace.span_id, 16)
    remote = api.SpanContext(*ids, is_remote=True, trace_flags=flags)
    return api.set_span_in_context(api.NonRecordingSpan(remote), Context())

"""Spans and metrics, as the house uses them; docs/telemetry.md has the names of all.

Where no endpoint is set nothing is imported, and nothing is done. Where one is, OpenTelemetry is
imported at first use by otlp.py, the one module that knows it. Nothing here raises anything, and
nothing waits for whoever receives it.
"""

import importlib
import logging
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Protocol

from shared.domain.telling import cleaned, told
from shared.domain.trace import Trace
from shared.telemetry import Field, event

ATTRIBUTES = frozenset(
    {
        "attempt",
        "code",
        "lane",
        "outcome",
        "receiver",
        "run_id",
        "status",
        "workflow",
    }
)
"""What may be told, as `broker.<name>`: no others are, so that none is told by accident."""

TEXT_LIMIT = 200

Attributes = dict[str, str | int | float]


class Kind(Enum):
    """What a span is of a call, in OpenTelemetry's words."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Span(Protocol):
    """A span that is under way."""

    def tell(self, *, failed: bool = False, **attributes: Field) -> None:
        """Tell what came of it; `failed`: it did not do what it was for."""
        ...


class Backend(Protocol):
    """Whoever sends spans and metrics; attributes are named and bounded already."""

    def span(
        self, name: str, kind: Kind, of: Trace | None, attributes: Attributes
    ) -> AbstractContextManager[Span]: ...

    def done(
        self,
        name: str,
        own: Trace,
        parent: Trace | None,
        since: int,
        attributes: Attributes,
    ) -> None: ...

    def current(self) -> str | None: ...

    def count(self, name: str, attributes: Attributes) -> None: ...

    def took(self, name: str, seconds: float, attributes: Attributes) -> None: ...

    def state(self, name: str, value: float, attributes: Attributes) -> None: ...

    def failures(self) -> str | None: ...


class _Nothing:
    def tell(self, *, failed: bool = False, **attributes: Field) -> None:
        """Do nothing."""


_NOTHING: AbstractContextManager[Span] = nullcontext(_Nothing())


class _Switch:
    """Whether anything is sent, and by whom, from first use on."""

    def __init__(self) -> None:
        self.on = False
        self.backend: Backend | None = None
        self.lock = threading.Lock()
        self.broken: str | None = None

    def use(self) -> Backend | None:
        if not self.on:
            return None
        if self.backend is not None:
            return self.backend
        with self.lock:
            if self.backend is None:
                try:
                    self.backend = importlib.import_module("shared.otlp").backend()
                except Exception as error:  # noqa: BLE001 - runs go on without being told of
                    self.on, self.broken = False, told(error)
            return self.backend


_switch = _Switch()


def switch(*, on: bool) -> None:
    """Send spans and metrics from now on, or send none."""
    _switch.on = on


def on() -> bool:
    """Say whether anything is sent: what has to be asked for only to be told is not, else."""
    return _switch.on


def span(
    name: str, *, of: Trace | None = None, kind: Kind = Kind.INTERNAL, **attributes: Field
) -> AbstractContextManager[Span]:
    """Give a span for a `with`. `of`: the run that it belongs to; None: a trace of its own.

    Within a span of the same run it is that one's child. Within another, each has a link to the
    other: so a turn of dispatch leads to the runs that it submitted, and they to it.
    """
    backend = _switch.use()
    return _NOTHING if backend is None else backend.span(name, kind, of, named(attributes))


def began() -> int:
    """Give the time at which something begins that only its end can name, for `done`."""
    return time.time_ns() if _switch.on else 0


def done(name: str, own: Trace, parent: Trace | None, since: int, **attributes: Field) -> None:
    """Tell of a span that is over: the very one that others are told of as `own`."""
    backend = _switch.use()
    if backend is not None and since:
        backend.done(name, own, parent, since, named(attributes))


def current() -> str | None:
    """Give the `traceparent` of the span that is under way; None if there is none."""
    return None if _switch.backend is None else _switch.backend.current()


def count(name: str, **attributes: Field) -> None:
    """Count one more."""
    backend = _switch.use()
    if backend is not None:
        backend.count(name, named(attributes))


def took(name: str, ms: int, **attributes: Field) -> None:
    """Tell how long something took."""
    backend = _switch.use()
    if backend is not None:
        backend.took(name, max(0, ms) / 1000, named(attributes))


def state(name: str, value: float, **attributes: Field) -> None:
    """Tell how much there is of something, by whoever looks at all: it is true for a while."""
    backend = _switch.use()
    if backend is not None:
        backend.state(name, value, named(attributes))


def tell_failures() -> None:
    """Log once that nothing can be sent; called in an invocation, without which no log is kept."""
    if _switch.broken is not None:
        reason, _switch.broken = _switch.broken, None
        event("telemetry.off", level=logging.WARNING, reason=reason)
    backend = _switch.backend
    failing = None if backend is None else backend.failures()
    if failing is not None:
        event("telemetry.not_sent", level=logging.WARNING, signals=failing)


def named(attributes: Mapping[str, Field]) -> Attributes:
    """Name attributes as they are sent, texts without addresses and secrets, and bounded."""
    return {
        f"broker.{name}": cleaned(value)[:TEXT_LIMIT] if isinstance(value, str) else value
        for name, value in attributes.items()
        if value is not None and name in ATTRIBUTES
    }

"""The metrics that are sent: each with its kind, its unit and what it counts.

docs/telemetry.md lists them from here; a test holds it to that.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, Observation

from shared.tracing import Attributes

COUNTERS = {
    "broker.submissions": ("{submission}", "Submissions to Dataverse, by what came of them"),
    "broker.refusals": ("{submission}", "Submissions that did not start a session, by the reason"),
    "broker.callbacks": ("{callback}", "Callbacks with a right signature, by what they led to"),
    "broker.confirmations": ("{look}", "Looks for lost submissions, by what came of them"),
    "broker.needs_operator": ("{run}", "Runs that somebody has to decide about, by the reason"),
    "broker.runs.ended": ("{run}", "Runs that ended, by how"),
    "broker.deliveries": ("{attempt}", "Attempts to tell a receiver, by what came of them"),
}
HISTOGRAMS = {
    "broker.run.time_to_submission": ("s", "From a run's start to its session in Dataverse"),
    "broker.run.time_to_end": ("s", "From a run's start to its end, as it was recorded"),
}
GAUGES = {
    "broker.lane.backlog": ("{run}", "Runs of a lane that wait to be submitted"),
    "broker.lane.oldest_age": ("s", "Age of the run of a lane that is next in turn"),
    "broker.lane.active": ("{session}", "Flow sessions of a lane that have not ended"),
    "broker.lane.undecided": ("{run}", "Runs of a lane that somebody has to decide about"),
    "broker.lane.window_used": ("1", "Share of a lane's window that is taken"),
    "broker.user.requests_left": ("{request}", "What Dataverse's user may still ask for"),
}
BOUNDS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400)
"""Of the histograms, in seconds."""

TRUE_SECONDS = 150.0
"""How long what a sweep saw is told: then another instance sweeps, and tells, or none does."""

_Key = tuple[tuple[str, str | int | float], ...]


@dataclass(slots=True)
class _Gauge:
    """What was seen last, by its attributes, and when (monotonic s)."""

    seen: dict[_Key, tuple[float, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, value: float, attributes: Attributes) -> None:
        with self.lock:
            self.seen[tuple(sorted(attributes.items()))] = value, time.monotonic()

    def __call__(self, _: CallbackOptions) -> Iterable[Observation]:
        oldest = time.monotonic() - TRUE_SECONDS
        with self.lock:
            self.seen = {key: seen for key, seen in self.seen.items() if seen[1] > oldest}
            return [Observation(value, dict(key)) for key, (value, _) in self.seen.items()]


class Instruments:
    """The instruments of one meter; safe to use from several threads."""

    def __init__(self, meter: Meter) -> None:
        self._counters: dict[str, Counter] = {
            name: meter.create_counter(name, unit, told) for name, (unit, told) in COUNTERS.items()
        }
        self._histograms: dict[str, Histogram] = {
            name: meter.create_histogram(
                name, unit, told, explicit_bucket_boundaries_advisory=BOUNDS
            )
            for name, (unit, told) in HISTOGRAMS.items()
        }
        self._gauges = {name: _Gauge() for name in GAUGES}
        for name, (unit, told) in GAUGES.items():
            see: Callable[[CallbackOptions], Iterable[Observation]] = self._gauges[name]
            meter.create_observable_gauge(name, [see], unit, told)

    def count(self, name: str, attributes: Attributes) -> None:
        self._counters[name].add(1, attributes)

    def took(self, name: str, seconds: float, attributes: Attributes) -> None:
        self._histograms[name].record(seconds, attributes)

    def state(self, name: str, value: float, attributes: Attributes) -> None:
        self._gauges[name].see(value, attributes)

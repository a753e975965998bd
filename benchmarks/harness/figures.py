"""What a measure gives: figures with their targets, and charts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["lines", "bars"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a value has to reach: `at_most` so much, or at least."""

    value: float
    at_most: bool = True

    def met_by(self, value: float) -> bool:
        return value <= self.value if self.at_most else value >= self.value

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: a value, what it is compared with, and what it has to reach.

    `floor`: what the value is a ratio to, or a peer, in words, with its own size. `spread`: the
    quartiles of the samples, where there are some. `target`: None where it is told for comparison.
    """

    what: str
    value: float
    unit: str
    floor: str = ""
    target: Target | None = None
    spread: tuple[float, float] | None = None
    samples: int = 1
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None without one."""
        return None if self.target is None else self.target.met_by(self.value)


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart, or the bar of each x."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: axes with their units, and series. `marks`: heights with a dashed line each."""

    name: str
    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    kind: Kind = "lines"
    labels: tuple[str, ...] = ()
    marks: tuple[tuple[str, float], ...] = ()
    log_x: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one measure gives."""

    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure that was made: how long it took (s), and why it gave nothing, if it failed."""

    name: str
    title: str
    seconds: float
    outcome: Outcome = field(default_factory=Outcome)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the benchmarks. `date`: ISO 8601, UTC; `machine`: facts by their names."""

    date: str
    machine: dict[str, str]
    quick: bool
    seconds: float
    measures: tuple[Measured, ...]

    @property
    def missed(self) -> int:
        """How many figures miss their target, and measures failed."""
        figures = (figure for each in self.measures for figure in each.outcome.figures)
        failed = sum(each.error is not None for each in self.measures)
        return failed + sum(figure.met is False for figure in figures)

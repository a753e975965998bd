"""Charts as SVG, drawn by hand: a few axes and lines need no library, and the files stay small."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.harness.figures import Chart, Series

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 64, 48
COLOURS = ("#2563ab", "#c2571a", "#2e7d4f", "#8a4fa3", "#7a6a2a", "#a83250")
"""Each has a contrast of 4.5 and more with white, and differs from its neighbours in brightness."""

_TICKS = 6
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}"
    ".title{font-weight:600;font-size:14px}"
    ".axis{stroke:#888}.grid{stroke:#e4e4e4}.mark{stroke:#444;stroke-dasharray:5 4}"
    ".line{fill:none;stroke-width:2}"
)
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class _Axes:
    """From values to places in the picture, with the values at which ticks stand."""

    x: Scale
    y: Scale
    x_ticks: Sequence[float]
    y_ticks: Sequence[float]


def svg(chart: Chart) -> str:
    """Draw a chart; the same chart gives the same text."""
    axes = _axes(chart)
    draw = _bars if chart.kind == "bars" else _lines
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(chart.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 20, chart.title, "title"),
        *_legend(chart.series),
        *_frame(chart, axes),
        *draw(chart, axes),
        *_marks(chart, axes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def ticks(low: float, high: float) -> list[float]:
    """Give round values from at most `low` to at least `high`, some six of them."""
    high = high if high > low else low + 1.0
    width = high - low
    size = 10.0 ** math.floor(math.log10(width / _TICKS))
    step = next(size * each for each in (1, 2, 5, 10) if size * each * _TICKS >= width)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _axes(chart: Chart) -> _Axes:
    xs = [x for each in chart.series for x, _ in each.points] or [0.0]
    ys = [y for each in chart.series for _, y in each.points] or [0.0]
    heights = ticks(min(0.0, *ys), max(*ys, *(height for _, height in chart.marks), 0.0))
    y = _linear(heights[0], heights[-1], HEIGHT - BOTTOM, TOP)
    if chart.kind == "bars":
        places = list(range(len(chart.labels)))
        return _Axes(_linear(-0.5, len(places) - 0.5, LEFT, WIDTH - RIGHT), y, places, heights)
    if chart.log_x:
        logs = sorted({math.floor(math.log10(x)) for x in xs if x > 0})
        powers = [10.0**each for each in range(logs[0], math.ceil(math.log10(max(xs))) + 1)]
        scale = _linear(math.log10(powers[0]), math.log10(max(xs)), LEFT + 8, WIDTH - RIGHT - 24)
        return _Axes(lambda x: scale(math.log10(x)), y, powers, heights)
    marks = ticks(min(xs), max(xs))
    return _Axes(_linear(marks[0], marks[-1], LEFT, WIDTH - RIGHT), y, marks, heights)


def _linear(low: float, high: float, first: float, last: float) -> Scale:
    width = (high - low) or 1.0
    return lambda value: first + (value - low) / width * (last - first)


def _frame(chart: Chart, axes: _Axes) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for height in axes.y_ticks:
        parts.append(_line(LEFT, axes.y(height), right, axes.y(height), "grid"))
        parts.append(_text(LEFT - 6, axes.y(height) + 4, f"{height:g}", anchor="end"))
    for number, x in enumerate(axes.x_ticks):
        told = chart.labels[number] if chart.kind == "bars" else f"{x:,g}"
        parts.append(_text(axes.x(x), bottom + 16, told, anchor="middle"))
    parts.append(_line(LEFT, bottom, right, bottom, "axis"))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 10, chart.x, anchor="middle"))
    parts.append(_text(LEFT, TOP - 8, chart.y))
    return parts


def _lines(chart: Chart, axes: _Axes) -> list[str]:
    parts = []
    for number, each in enumerate(chart.series):
        points = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in each.points)
        parts.append(f'<polyline class="line" stroke="{_colour(number)}" points="{points}"/>')
    return parts


def _bars(chart: Chart, axes: _Axes) -> list[str]:
    room = (axes.x(1) - axes.x(0)) * 0.7 / max(1, len(chart.series))
    parts = []
    for number, each in enumerate(chart.series):
        for place, value in each.points:
            left = axes.x(place) + room * (number - len(chart.series) / 2)
            top, bottom = axes.y(max(0.0, value)), axes.y(min(0.0, value))
            parts.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{room:.1f}" '
                f'height="{bottom - top:.1f}" fill="{_colour(number)}"/>'
            )
            parts.append(_text(left + room / 2, top - 4, f"{value:.3g}", anchor="middle"))
    return parts


def _marks(chart: Chart, axes: _Axes) -> list[str]:
    parts = []
    for name, height in chart.marks:
        parts.append(_line(LEFT, axes.y(height), WIDTH - RIGHT, axes.y(height), "mark"))
        parts.append(_text(WIDTH - RIGHT - 4, axes.y(height) - 4, name, anchor="end"))
    return parts


def _legend(series: Sequence[Series]) -> list[str]:
    parts, left = [], float(LEFT)
    for number, each in enumerate(series):
        parts.append(
            f'<rect x="{left:.0f}" y="29" width="10" height="10" fill="{_colour(number)}"/>'
        )
        parts.append(_text(left + 15, 38, each.name))
        left += 34 + 6.6 * len(each.name)
    return parts


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'

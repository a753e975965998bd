"""docs/performance.md: its tables and pictures, written from a report between two marks."""

from __future__ import annotations

from pathlib import Path

from benchmarks.harness.drawing import svg
from benchmarks.harness.figures import Figure, Measured, Report
from benchmarks.harness.terminal import number
from benchmarks.harness.written import from_json

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGE, REPORT, PICTURES = "performance.md", "performance.json", "images"
BEGINS, ENDS = "<!-- figures: begin -->", "<!-- figures: end -->"
_MET = {True: "reached", False: "**missed**", None: ""}


def pictures(report: Report) -> dict[str, str]:
    """Draw every chart: the file's name, and its text."""
    charts = (chart for each in report.measures for chart in each.outcome.charts)
    return {f"performance-{chart.name}.svg": svg(chart) for chart in charts}


def section(report: Report) -> str:
    """Write the tables of a report, each measure with its pictures, as Markdown."""
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    kind = "a quick run" if report.quick else "a whole run"
    head = f"Measured {report.date[:10]} in {kind} of {report.seconds / 60:.0f} min. {machine}.\n"
    return "\n".join([head, *map(_measure, report.measures)])


def put_in(page: str, report: Report) -> str:
    """Give the page with these figures in place of those it had; ValueError without marks."""
    before, begin, rest = page.partition(BEGINS)
    _, end, after = rest.partition(ENDS)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGINS} … {ENDS}")
    return f"{before}{BEGINS}\n{section(report)}\n{ENDS}{after}"


def write(text: str, docs: Path = DOCS) -> None:
    """Write the page, its pictures and the report beside it, from a report's JSON."""
    report = from_json(text)
    page = docs / PAGE
    page.write_text(put_in(page.read_text(encoding="utf-8"), report), encoding="utf-8")
    (docs / REPORT).write_text(text, encoding="utf-8")
    for old in (docs / PICTURES).glob("performance-*.svg"):
        old.unlink()
    for name, drawn in pictures(report).items():
        (docs / PICTURES / name).write_text(drawn, encoding="utf-8")


def _measure(measured: Measured) -> str:
    lines = [f"### {measured.title}", ""]
    if measured.error is not None:
        lines += [f"Not measured: {_cell(measured.error)}", ""]
    if measured.outcome.figures:
        lines += [
            "| measure | value | quartiles | target | | floor or peer |",
            "| --- | --- | --- | --- | --- | --- |",
            *map(_row, measured.outcome.figures),
            "",
        ]
    for chart in measured.outcome.charts:
        lines += [f"![{_cell(chart.title)}](images/performance-{chart.name}.svg)", ""]
    return "\n".join(lines)


def _row(figure: Figure) -> str:
    spread = "" if figure.spread is None else " … ".join(map(number, figure.spread))
    target = "" if figure.target is None else str(figure.target)
    what = f"{figure.what}; {figure.note}" if figure.note else figure.what
    value = f"{number(figure.value)} {figure.unit}"
    cells = (what, value, spread, target, _MET[figure.met], figure.floor)
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())

"""The command: which measures are made, each bounded in time, and where their report goes."""

from __future__ import annotations

import argparse
import math
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from azure.core.exceptions import AzureError
from rich.console import Console

from benchmarks.harness import page, terminal
from benchmarks.harness.effort import Effort, NotMeasuredError
from benchmarks.harness.figures import Measured, Report
from benchmarks.harness.machine import facts
from benchmarks.harness.written import to_json
from benchmarks.measures import ALL
from benchmarks.measures.measure import Measure
from local.parts import PartFailedError

KEPT = page.REPOSITORY / ".local" / "bench.json"
FAILURES = (
    NotMeasuredError,
    PartFailedError,
    OSError,
    ValueError,
    httpx.HTTPError,
    AzureError,
    subprocess.SubprocessError,
)
"""What one measure may fail of, while the others are made all the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`patience`: how many times its time a measure may take; `runs`: of memory, unbounded."""

    quick: bool
    patience: float = 1.0
    runs: int | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure: 0 if every target is reached, or none is asked for; 1 if not."""
    options = _parser().parse_args(arguments)
    if options.page:
        page.write(options.json.read_text(encoding="utf-8"))
        return 0
    console = Console()
    wanted = chosen(options.only)
    began, machine = time.monotonic(), facts()
    known: dict[str, Any] = {}
    made: list[Measured] = []
    for each in wanted:
        console.print(f"{each.title} …", style="dim", highlight=False)
        asked = Asked(options.quick, options.patience, options.runs)
        made.append(take(each, asked, known))
    report = Report(
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        machine=machine,
        quick=options.quick,
        seconds=round(time.monotonic() - began, 1),
        measures=tuple(made),
    )
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(to_json(report), encoding="utf-8")
    terminal.show(console, report)
    console.print(f"The report: {options.json}", highlight=False)
    return 1 if options.strict and report.missed else 0


def chosen(names: Sequence[str] | None) -> list[Measure]:
    """Give the measures of these names, in their own order; all without one.

    SystemExit names those that there are, if one is unknown.
    """
    wanted = {name for each in names or () for name in each.split(",") if name}
    unknown = wanted - {each.name for each in ALL}
    if unknown:
        known = ", ".join(each.name for each in ALL)
        raise SystemExit(f"there is no measure {', '.join(sorted(unknown))}; there are {known}")
    return [each for each in ALL if not wanted or each.name in wanted]


def take(measure: Measure, asked: Asked, known: dict[str, Any]) -> Measured:
    """Make one measure within its time; why it gave nothing is told in what is given."""
    began = time.monotonic()
    seconds = measure.quick_seconds if asked.quick else measure.seconds
    ends = math.inf if asked.runs is not None else began + asked.patience * seconds
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        effort = Effort(asked.quick, ends, Path(folder), known, asked.runs)
        try:
            outcome = measure.take(effort)
        except FAILURES as error:
            took = time.monotonic() - began
            return Measured(measure.name, measure.title, round(took, 1), error=str(error)[:500])
    took = time.monotonic() - began
    return Measured(measure.name, measure.title, round(took, 1), outcome)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    names = ", ".join(each.name for each in ALL)
    add("--quick", action="store_true", help="fewer samples and shorter windows: three minutes")
    add("--only", action="append", metavar="NAME", help=f"one or several of {names}")
    add("--runs", type=int, help="memory: so many runs, however long they take")
    add("--patience", type=float, default=1.0, help="a busy machine may take so many times longer")
    add("--json", type=Path, default=KEPT, help="where the report is kept")
    add("--strict", action="store_true", help="end with 1 if a target is missed")
    add("--page", action="store_true", help="measure nothing: write docs/ from the kept report")
    return parser

"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.harness.figures import Figure, Report

_MET = {True: "[green]reached[/]", False: "[bold red]missed[/]", None: ""}


def number(value: float) -> str:
    """Write a value with as many digits as say something."""
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3
    return f"{value:,.{digits}f}"


def show(console: Console, report: Report) -> None:
    """Print all figures, and what was missed."""
    kind = "quick: fewer samples, shorter windows" if report.quick else "in full"
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    console.print(f"{report.date}, {kind}, {report.seconds:.0f} s; {machine}", highlight=False)
    for each in report.measures:
        console.print(f"\n[bold]{escape(each.title)}[/], {each.seconds:.0f} s", highlight=False)
        if each.error is not None:
            console.print(f"  [bold red]not measured:[/] {escape(each.error)}", highlight=False)
        if each.outcome.figures:
            console.print(_table(each.outcome.figures))
    missed = report.missed
    console.print("Every target is reached." if not missed else f"{missed} missed.")


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", min_width=40)
    table.add_column("value", justify="right", min_width=14, no_wrap=True)
    table.add_column("quartiles", no_wrap=True, min_width=15)
    table.add_column("target", justify="right", no_wrap=True, min_width=7)
    table.add_column("", no_wrap=True, min_width=7)
    table.add_column("floor or peer; note")
    for figure in figures:
        table.add_row(*_row(figure))
    return table


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        f"  {escape(figure.what)}",
        f"{number(figure.value)} {escape(figure.unit)}",
        "" if figure.spread is None else " … ".join(map(number, figure.spread)),
        "" if figure.target is None else str(figure.target),
        _MET[figure.met],
        escape("; ".join(filter(None, (figure.floor, figure.note)))),
    )

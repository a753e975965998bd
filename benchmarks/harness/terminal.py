"""The table in the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.harness.figures import Figure, Measured, Report

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
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("measure", "value", "quartiles", "target", "", "floor or peer"):
        table.add_column(name, justify="right" if name in ("value", "target") else "left")
    for each in report.measures:
        _add(table, each)
    console.print(table)
    missed = report.missed
    console.print("Every target is reached." if not missed else f"{missed} missed.")


def _add(table: Table, measured: Measured) -> None:
    table.add_row(f"[bold]{escape(measured.title)}[/], {measured.seconds:.0f} s")
    if measured.error is not None:
        table.add_row(f"  [bold red]not measured:[/] {escape(measured.error)}")
    for figure in measured.outcome.figures:
        table.add_row(*_row(figure))
    table.add_section()


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        f"  {escape(figure.what)}",
        f"{number(figure.value)} {escape(figure.unit)}",
        "" if figure.spread is None else " … ".join(map(number, figure.spread)),
        "" if figure.target is None else str(figure.target),
        _MET[figure.met],
        escape(figure.floor),
    )

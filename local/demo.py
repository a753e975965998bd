"""`make demo`: the main job, live in this terminal, on Azurite and the Dataverse emulator."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from typing import Any

import httpx
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import (
    FINANCE_REFERENCE,
    HR_CONNECTION,
    POST_INVOICE,
    UPDATE_EMPLOYEE,
)
from local.parts import Azurite, Emulator, FunctionHost, settings_for
from local.reporting import CommandFailedError, reporting

LIMIT, WINDOW_SECONDS = 6, 5
RUNS_A_CONNECTION = 15
PATIENCE_SECONDS = 300
LOOK_SECONDS = 0.25
LOG_TAIL_CHARACTERS = 3000
COLOURS = {
    "Queued": "dim",
    "Submitting": "yellow",
    "Unconfirmed": "magenta",
    "Running": "cyan",
    "Succeeded": "green",
}

Json = dict[str, Any]


class App:
    """The app as its callers see it."""

    def __init__(self, host: FunctionHost) -> None:
        headers = {"x-functions-key": host.function_key}
        self._http = httpx.Client(base_url=f"{host.url}/api", headers=headers, timeout=120)
        self._host = host

    def start(self, body: Json, key: str) -> None:
        self._call("POST", "/runs", json=body, headers={"Idempotency-Key": key})

    def runs(self) -> list[Json]:
        listed: list[Json] = self._call("GET", "/runs", params={"top": 500})["value"]
        return sorted(listed, key=lambda run: str(run["createdAt"]))

    def outputs(self, run_id: str) -> Json:
        outputs: Json | None = self._call("GET", f"/runs/{run_id}/outputs")["outputs"]
        return outputs or {}

    def log(self) -> str:
        return self._host.log()[-LOG_TAIL_CHARACTERS:]

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise CommandFailedError(f"The host does not answer: {error}", self.log()) from error
        if not answer.is_success:
            told = f"The app answered {method} {path} with {answer.status_code}: {answer.text}"
            raise CommandFailedError(told, self.log())
        return answer.json()


def main() -> None:
    console = Console(highlight=False)
    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": WINDOW_SECONDS}
    pace = {
        "SUBMISSIONS_PER_WINDOW": str(LIMIT),
        "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
    }
    console.print("Starting Azurite, the Dataverse emulator and the function host ...")
    with (
        reporting(console),
        Azurite() as azurite,
        Emulator(run_seconds=2, machines=4, **limits) as emulator,
        FunctionHost(settings_for(azurite, emulator, **pace)) as host,
    ):
        app = App(host)
        console.print(
            f"Two connections take {LIMIT} runs each in any {WINDOW_SECONDS} s;"
            f" four machines do the work. Starting {2 * RUNS_A_CONNECTION} runs over HTTP."
        )
        runs = _watch(app, console)
        _report(runs, app, console)
        _prove(emulator, console)
        failed = [run for run in runs if run["status"] != "Succeeded"]
        if failed:
            raise CommandFailedError(f"{len(failed)} runs did not succeed", app.log())


def _bodies() -> list[Json]:
    """Give what is started: two flows on two connections, one of them named by its reference."""
    invoices = [
        {
            "workflowId": POST_INVOICE.id,
            "connectionName": FINANCE_REFERENCE,
            "connectionType": 2,
            "runMode": "unattended",
            "inputs": {"InvoiceNumber": f"2026-{number:04d}", "Amount": 100 + number},
        }
        for number in range(1, RUNS_A_CONNECTION + 1)
    ]
    employees = [
        {
            "workflowId": UPDATE_EMPLOYEE.id,
            "connectionName": HR_CONNECTION,
            "runMode": "unattended",
            "inputs": {"EmployeeId": f"E{number:03d}", "Field": "Team", "Value": "Robots"},
        }
        for number in range(1, RUNS_A_CONNECTION + 1)
    ]
    return [body for pair in zip(invoices, employees, strict=True) for body in pair]


def _watch(app: App, console: Console) -> list[Json]:
    """Start the runs and show them until all are final."""
    bodies = _bodies()
    ends = time.monotonic() + PATIENCE_SECONDS
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        for number, body in enumerate(bodies):
            app.start(body, key=f"demo-{number}")
            live.update(_view(app.runs(), len(bodies)))
        while time.monotonic() < ends:
            runs = app.runs()
            live.update(_view(runs, len(bodies)))
            if len(runs) == len(bodies) and all(run["completedAt"] for run in runs):
                return runs
            time.sleep(LOOK_SECONDS)
    raise CommandFailedError(f"The runs were not final after {PATIENCE_SECONDS} s", app.log())


def _view(runs: list[Json], total: int) -> RenderableType:
    table = Table(box=None, padding=(0, 2))
    for column in ("connection", *COLOURS, "Failed"):
        table.add_column(column, style=COLOURS.get(column), justify="right")
    for connection in sorted({run["connectionName"] for run in runs}):
        states = Counter(run["status"] for run in runs if run["connectionName"] == connection)
        counts = [str(states.get(state, "")) for state in (*COLOURS, "Failed")]
        table.add_row(connection, *counts)
    done = sum(bool(run["completedAt"]) for run in runs)
    squares = Text(" ").join(Text("■", style=COLOURS.get(run["status"], "red")) for run in runs)
    return Group(table, squares, ProgressBar(total=total, completed=done, width=60))


def _report(runs: list[Json], app: App, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("connection", "state", "session", "queued", "sent", "ended", "outputs"):
        table.add_column(column, overflow="ellipsis", no_wrap=True)
    for run in runs:
        outputs = app.outputs(run["runId"])
        table.add_row(
            run["connectionName"],
            Text(run["status"], style=COLOURS.get(run["status"], "red")),
            str(run["flowSessionId"])[:8],
            f"{datetime.fromisoformat(run['createdAt']):%H:%M:%S}",
            _after(run, "submittedAt"),
            _after(run, "completedAt"),
            next((str(value) for value in outputs.values()), ""),
        )
    console.print(table)


def _after(run: Json, moment: str) -> str:
    """Write how long after its start this happened to a run."""
    if not run[moment]:
        return ""
    after = datetime.fromisoformat(run[moment]) - datetime.fromisoformat(run["createdAt"])
    return f"+{after.total_seconds():.1f} s"


def _prove(emulator: Emulator, console: Console) -> None:
    """Say what the emulator itself counted."""
    with EmulatorAdmin(emulator.url) as admin:
        state = admin.state()
    console.print(
        f"Dataverse saw {len(state.submissions)} submissions, made {len(state.sessions)} flow"
        f" sessions and sent {len(state.deliveries)} callbacks:"
    )
    runs = {submission.callback_url for submission in state.submissions}
    if not len(runs) == len(state.sessions) == len(state.submissions) == 2 * RUNS_A_CONNECTION:
        raise CommandFailedError("A run was submitted more than once, or not at all", "")
    console.print(f"  every run once: {len(runs)} runs, one session each")
    for connection in sorted({submission.connection or "" for submission in state.submissions}):
        arrivals = sorted(
            each.arrived_ms for each in state.submissions if each.connection == connection
        )
        most = max(
            sum(start <= arrival < start + WINDOW_SECONDS * 1000 for arrival in arrivals)
            for start in arrivals
        )
        waits = [(b - a) / 1000 for a, b in zip(arrivals, arrivals[LIMIT:], strict=False)]
        console.print(f"  {connection}: at most {most} in any {WINDOW_SECONDS} s, {LIMIT} allowed;")
        console.print(f"    while runs waited, each slot served again after {max(waits):.1f} s")
    console.print(
        "Next: `make up ARGS=--demo` keeps the same parts running, with more to look at:\n"
        "it prints the address of the operators' console, a page for your browser."
    )


if __name__ == "__main__":
    main()

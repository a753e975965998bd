"""`make pace`: how close four hosts come to the most that a connection allows, beside two clients.

280 runs on one connection, 70 in any 60 s: the last submission cannot arrive before 180 s after the
first. What counts is that optimum over what was measured, and the most arrivals in any window. The
arrivals are the emulator's own record; refused ones count, as they do for Dataverse.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE
from local.emulator.records import Submission
from local.parts import Azurite, Emulator, FunctionHost, settings_for
from shared.composition import compose
from shared.domain.request import validate
from shared.settings import read
from shared.triggers.provider import Services
from tests.support.broker import free_ports, most_in_any_window, valid_body

ANSWER_MS = 300
HOSTS = 4
QUEUEING_SECONDS = 15
PATH = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
BODY = {"runMode": "unattended", "connectionName": FINANCE_CONNECTION, "inputs": "{}"}


@dataclass(frozen=True)
class Task:
    """So many runs, at most `limit` of them in any window (seconds)."""

    runs: int
    limit: int
    window: float

    @property
    def optimum(self) -> float:
        """The earliest time of the last submission, in seconds after the first."""
        return (self.runs - 1) // self.limit * self.window


@dataclass(frozen=True)
class Figures:
    """What Dataverse saw: seconds to the last accepted one, refusals, the fullest window."""

    name: str
    last: float
    refused: int
    most: int


@contextmanager
def dataverse(task: Task, folder: Path) -> Iterator[Emulator]:
    limits = {"limit": task.limit, "limit_window_seconds": task.window}
    options = {"answer_ms": ANSWER_MS, "machines": 400, "run_seconds": 1, "seed": 1}
    with Emulator(folder, **limits, **options) as emulator:
        with EmulatorAdmin(emulator.url) as admin:
            # A client that sends all at once is to meet the connection's limit alone.
            admin.change_behaviour(concurrent_requests=1000)
        yield emulator


def figures(name: str, emulator: Emulator, task: Task) -> Figures:
    with EmulatorAdmin(emulator.url) as admin:
        seen = admin.state().submissions
    accepted = [each.arrived_ms for each in seen if each.outcome == "accepted"]
    if len(accepted) != task.runs:
        raise SystemExit(f"{name}: {len(accepted)} of {task.runs} runs were submitted")
    most = most_in_any_window([each.arrived_ms for each in seen], round(task.window * 1000))
    refused = sum(each.outcome != "accepted" for each in seen)
    return Figures(name, (max(accepted) - min(accepted)) / 1000, refused, most)


def broker(task: Task, folder: Path) -> Figures:
    """Four hosts that have warmed up find the whole backlog when the lane's pause ends."""
    pace = {
        "SUBMISSIONS_PER_WINDOW": str(task.limit),
        "SUBMISSION_WINDOW_SECONDS": f"{task.window:.0f}",
    }
    with ExitStack() as parts:
        azurite = parts.enter_context(Azurite(folder))
        emulator = parts.enter_context(dataverse(task, folder))
        settings = settings_for(azurite, emulator, **pace)
        ports = free_ports(HOSTS)
        settings["CALLBACK_BASE_URL"] = f"http://127.0.0.1:{ports[0]}"
        for port in ports:
            host = parts.enter_context(FunctionHost(settings, folder=folder, port=port))
            headers = {"x-functions-key": host.function_key}
            httpx.get(f"{host.url}/api/runs", headers=headers).raise_for_status()
        _queue(compose(read(settings)), task)
        _wait_for(emulator, task)
        return figures("broker, four hosts", emulator, task)


def _queue(services: Services, task: Task) -> None:
    """Queue all runs on a lane that pauses meanwhile."""
    request = validate(valid_body(inputs={}))
    lane = services.start.connections.lane_for(request.run)
    lanes = services.start.lanes
    lanes.ensure(lane)
    opens_at = round(time.time() * 1000) + QUEUEING_SECONDS * 1000
    lanes.change(lane.id, lambda lane: lane.pause(opens_at))
    with ThreadPoolExecutor(2) as callers:
        list(callers.map(lambda _: services.start(request, None), range(task.runs)))
    if time.time() * 1000 > opens_at:
        raise SystemExit("queueing took longer than the lane's pause: the machine is too busy")


def _wait_for(emulator: Emulator, task: Task) -> None:
    ends = time.monotonic() + 2 * task.optimum + 60
    with EmulatorAdmin(emulator.url) as admin:
        while _count(admin.state().submissions) < task.runs and time.monotonic() < ends:
            time.sleep(1)


def _count(seen: tuple[Submission, ...]) -> int:
    return sum(each.outcome == "accepted" for each in seen)


def submit(client: httpx.Client) -> None:
    """Send one; after 429 wait as long as the answer says, and send again."""
    while (answer := client.post(PATH, json=BODY)).status_code == httpx.codes.TOO_MANY_REQUESTS:
        time.sleep(float(answer.headers["retry-after"]))
    answer.raise_for_status()


def at_once(task: Task, folder: Path) -> Figures:
    """Send everything at once, each again after its 429."""
    with dataverse(task, folder) as emulator, _client(emulator) as client:
        with ThreadPoolExecutor(task.runs) as crowd:
            list(crowd.map(submit, [client] * task.runs))
        return figures("all at once, retry on 429", emulator, task)


def evenly(task: Task, folder: Path) -> Figures:
    """Send one each 60/70 s."""
    with dataverse(task, folder) as emulator, _client(emulator) as client:
        begun = time.monotonic()
        with ThreadPoolExecutor(16) as crowd:
            for number in range(task.runs):
                due = begun + number * task.window / task.limit
                time.sleep(max(0.0, due - time.monotonic()))
                crowd.submit(submit, client)
        return figures(f"one each {task.window:.0f}/{task.limit} s", emulator, task)


def _client(emulator: Emulator) -> httpx.Client:
    with caller(emulator.url, emulator.identity_environment) as client:
        headers, base_url = client.headers, client.base_url
    everyone = httpx.Limits(max_connections=None)
    return httpx.Client(base_url=base_url, headers=headers, timeout=120, limits=everyone)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make pace", description=__doc__)
    parser.add_argument("--runs", type=int, default=280)
    parser.add_argument("--limit", type=int, default=70)
    parser.add_argument("--window", type=float, default=60, help="seconds")
    parser.add_argument("--only-broker", action="store_true")
    given = parser.parse_args()
    task = Task(given.runs, given.limit, given.window)
    clients: list[Callable[[Task, Path], Figures]] = [broker]
    clients += [] if given.only_broker else [at_once, evenly]
    print(
        f"{task.runs} runs, {task.limit} in any {task.window:.0f} s, answers after {ANSWER_MS} ms;"
        f" optimum {task.optimum:.0f} s"
    )
    print(f"{'client':<28} {'last':>8} {'pace':>6} {'most':>5} {'refused':>8}")
    rows = []
    for client in clients:
        with tempfile.TemporaryDirectory() as folder:
            one = client(task, Path(folder))
        pace = task.optimum / one.last
        rows.append({"client": one.name, "last": one.last, "pace": round(pace, 4)})
        print(f"{one.name:<28} {one.last:7.1f}s {pace:6.3f} {one.most:5d} {one.refused:8d}")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()

"""The peers: clients of RunDesktopFlow that know nothing of the limit but what 429 tells them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from benchmarks.harness.effort import Effort
from benchmarks.measures.arrivals import Arrivals, Task
from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE
from local.parts import Emulator

PATH = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
BODY = {"runMode": "unattended", "connectionName": FINANCE_CONNECTION, "inputs": "{}"}
ANSWER_MS = 300
CONCURRENT = 1000
"""A client that sends all at once is to meet the connection's limit alone."""


def emulator_of(effort: Effort, task: Task) -> Emulator:
    """Make an emulator with this limit, not started yet."""
    return Emulator(
        effort.folder,
        limit=task.limit,
        limit_window_seconds=task.window,
        answer_ms=ANSWER_MS,
        machines=400,
        run_seconds=1,
        seed=1,
    )


def at_once(effort: Effort, task: Task, begins: float) -> Arrivals:
    """Send everything at once, each again after its 429; `begins`: s since the epoch."""
    with emulator_of(effort, task) as emulator, _client(emulator) as client:
        time.sleep(max(0.0, begins - time.time()))
        with ThreadPoolExecutor(task.runs) as crowd:
            list(crowd.map(_submit, [client] * task.runs))
        return _arrivals("all at once, retry on 429", emulator, task)


def evenly(effort: Effort, task: Task, begins: float) -> Arrivals:
    """Send one each window / limit, as 60/70 s, and again after a 429."""
    with emulator_of(effort, task) as emulator, _client(emulator) as client:
        time.sleep(max(0.0, begins - time.time()))
        begun = time.monotonic()
        with ThreadPoolExecutor(32) as crowd:
            for number in range(task.runs):
                due = begun + number * task.window / task.limit
                time.sleep(max(0.0, due - time.monotonic()))
                crowd.submit(_submit, client)
        return _arrivals(f"one each {task.window:.0f}/{task.limit} s", emulator, task)


def _submit(client: httpx.Client) -> None:
    """Send one; after 429 wait as long as the answer says, and send again."""
    while (answer := client.post(PATH, json=BODY)).status_code == httpx.codes.TOO_MANY_REQUESTS:
        time.sleep(float(answer.headers["retry-after"]))
    answer.raise_for_status()


def _arrivals(name: str, emulator: Emulator, task: Task) -> Arrivals:
    with EmulatorAdmin(emulator.url) as admin:
        return Arrivals.of(name, task, admin.state().submissions)


def _client(emulator: Emulator) -> httpx.Client:
    with EmulatorAdmin(emulator.url) as admin:
        admin.change_behaviour(concurrent_requests=CONCURRENT)
    with caller(emulator.url, emulator.identity_environment) as client:
        headers, base_url = client.headers, client.base_url
    everyone = httpx.Limits(max_connections=None)
    return httpx.Client(base_url=base_url, headers=headers, timeout=120, limits=everyone)

"""Promise 7: every run has exactly one session and is final, however often processes are killed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.support.broker import Broker, broker, most_in_any_window, valid_body
from tests.support.patience import until

HOSTS, RUNS, KILLS = 4, 400, 20
LIMIT, WINDOW_SECONDS = 40, 3
CONNECTIONS = ("shared-finance-01", "shared-hr-01", "shared-load-01")
PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
}


def start_until_accepted(app: Broker, number: int) -> str:
    """Ask for a run with one key, of any host that answers, until one has accepted it."""
    body = valid_body(connectionName=CONNECTIONS[number % 3], inputs={"Number": number})
    hosts = random.Random(number).sample(app.hosts, HOSTS)

    def accepted() -> str | None:
        for host in hosts:
            headers = {"x-functions-key": app.hosts[0].function_key}
            headers["Idempotency-Key"] = f"killed-{number}"
            try:
                answer = httpx.post(f"{host.url}/api/runs", json=body, headers=headers, timeout=20)
            except httpx.TransportError:
                continue
            if answer.status_code in (200, 202):  # 200: an answer before was lost with its host
                run_id: str = answer.json()["runId"]
                return run_id
            assert answer.status_code == 503, answer.text
        return None

    return until(accepted, f"run {number} was never accepted", every=0.1)


def kill_at_random(app: Broker, done: threading.Event) -> int:
    """Kill hosts by SIGKILL and start them again; the count of kills."""
    chance = random.Random(20)
    for kill in range(KILLS):
        if done.wait(chance.uniform(0.3, 1.2)):
            return kill
        host = chance.choice(app.hosts)
        host.kill()
        host.start()
    return KILLS


def test_400_runs_survive_20_kills_of_their_hosts_with_one_session_each(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": WINDOW_SECONDS}
    with broker(tmp_path, hosts=HOSTS, settings=PACE, run_seconds=1.0, **limits) as app:
        never = threading.Event()
        with ThreadPoolExecutor(9) as crowd:
            killer = crowd.submit(kill_at_random, app, never)
            started = list(crowd.map(lambda number: start_until_accepted(app, number), range(RUNS)))
            assert killer.result() == KILLS
        runs = app.until_all_final(RUNS)
        state = app.dataverse.state()

    assert len(set(started)) == RUNS
    assert {run["runId"] for run in runs} == set(started)
    assert Counter(run["status"] for run in runs) == {"Succeeded": RUNS}
    assert not [run for run in runs if run["doubleFlowSessionIds"]]
    of_runs = Counter((each.callback_url or "").split("/")[-2] for each in state.sessions)
    assert of_runs == dict.fromkeys(started, 1)
    assert {run["flowSessionId"] for run in runs} == {each.id for each in state.sessions}
    for connection in CONNECTIONS:
        arrivals = [each.arrived_ms for each in state.submissions if each.connection == connection]
        assert most_in_any_window(arrivals, WINDOW_SECONDS * 1000) <= LIMIT
    assert "throttled" not in {each.outcome for each in state.submissions}

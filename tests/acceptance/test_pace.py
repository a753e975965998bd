"""Promise 1: no more submissions than a connection allows, and none of them refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.support.broker import broker, most_in_any_window

RUNS, LIMIT, WINDOW_SECONDS = 150, 70, 6
PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
}


def test_150_runs_at_70_per_6_seconds_all_succeed_and_none_is_refused(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": WINDOW_SECONDS}
    with broker(tmp_path, settings=PACE, **limits) as app:
        with ThreadPoolExecutor(8) as callers:
            list(callers.map(lambda number: app.start(inputs={"Invoice": number}), range(RUNS)))
        runs = app.until_all_final(RUNS)
        state = app.dataverse.state()
    assert [run["status"] for run in runs] == ["Succeeded"] * RUNS
    assert {each.outcome for each in state.submissions} == {"accepted"}
    assert len(state.sessions) == RUNS
    arrivals = [each.arrived_ms for each in state.submissions]
    assert most_in_any_window(arrivals, WINDOW_SECONDS * 1000) <= LIMIT


def test_two_names_of_one_connection_share_its_pace(tmp_path: Path) -> None:
    """A reference and the connection behind it are the same to Dataverse's limit."""
    limits: dict[str, Any] = {"limit": 5, "limit_window_seconds": 2}
    pace = {"SUBMISSIONS_PER_WINDOW": "5", "SUBMISSION_WINDOW_SECONDS": "2"}
    with broker(tmp_path, settings=pace, **limits) as app:
        for _ in range(7):
            app.start(connectionName="shared-finance-01")
            app.start(connectionName="dfb_FinanceRobots", connectionType=2)
        runs = app.until_all_final(14)
        outcomes = {each.outcome for each in app.dataverse.state().submissions}
    assert {run["status"] for run in runs} == {"Succeeded"}
    assert outcomes == {"accepted"}

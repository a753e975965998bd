"""The backlog: high priority goes first and nothing starves; what is cancelled was never there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shared.domain.request import validate
from shared.triggers.provider import Services
from tests.support.broker import Broker, broker, valid_body

pytestmark = pytest.mark.timeout(400)
"""A thousand runs from start to end take what one storage emulator and one host can do."""

LIMIT, SIDE_BY_SIDE = 100, 16
PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": "1",
    "SUBMISSION_CONCURRENCY": str(SIDE_BY_SIDE),
}


def queue(services: Services, count: int, **fields: str) -> list[str]:
    """Queue so many runs, each after the one before."""
    request = validate(valid_body(**fields))
    return [services.start(request, None).id for _ in range(count)]


def sent(app: Broker, run_ids: list[str]) -> list[str]:
    """The runs in the order in which they arrived at Dataverse."""
    app.until_all_final(len(run_ids))
    arrived = sorted(app.dataverse.state().submissions, key=lambda each: each.arrived_ms)
    return [(each.callback_url or "").split("/")[-2] for each in arrived]


def test_high_ones_queued_last_overtake_and_no_normal_one_waits_for_more_than_them(
    tmp_path: Path,
) -> None:
    normal: list[str] = []
    high: list[str] = []

    def before(services: Services) -> None:
        normal.extend(queue(services, 900))
        high.extend(queue(services, 100, runPriority="high"))

    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": 1, "run_seconds": 0.05}
    with broker(tmp_path, settings=PACE, before=before, **limits) as app:
        order = sent(app, normal + high)
    place = {run_id: number for number, run_id in enumerate(order)}
    assert len(place) == len(order) == 1000
    # Calls that are made side by side may arrive in any order.
    assert max(place[run_id] for run_id in high) < len(high) + SIDE_BY_SIDE
    for number, run_id in enumerate(normal):
        assert place[run_id] <= number + len(high) + SIDE_BY_SIDE


def test_of_500_half_are_cancelled_and_the_others_go_as_if_they_had_never_been(
    tmp_path: Path,
) -> None:
    run_ids: list[str] = []

    def before(services: Services) -> None:
        run_ids.extend(queue(services, 500))
        with ThreadPoolExecutor(4) as callers:
            cancelled = list(callers.map(services.cancel, run_ids[::2]))
        assert all(run is not None and run.status == "Cancelled" for run in cancelled)

    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": 1, "run_seconds": 0.05}
    with broker(tmp_path, settings=PACE, before=before, **limits) as app:
        order = sent(app, run_ids)
        runs = {run["runId"]: run["status"] for run in app.all_runs()}
        outcomes = {each.outcome for each in app.dataverse.state().submissions}
    assert sorted(order) == sorted(run_ids[1::2]), "no slot was spent on a cancelled run"
    assert outcomes == {"accepted"}
    assert {runs[run_id] for run_id in run_ids[::2]} == {"Cancelled"}
    assert {runs[run_id] for run_id in run_ids[1::2]} == {"Succeeded"}
    place = {run_id: number for number, run_id in enumerate(order)}
    for number, run_id in enumerate(run_ids[1::2]):
        assert abs(place[run_id] - number) <= SIDE_BY_SIDE

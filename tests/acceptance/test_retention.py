"""The timer of retention, in the app as a caller sees it."""

from __future__ import annotations

import time
from pathlib import Path

from shared.domain.identifiers import lane_of, run_id
from shared.domain.instants import DAY_MS
from shared.domain.lane import Lane
from shared.domain.run import RunStatus
from shared.domain.run.announcements import announced, end
from shared.triggers.provider import Services
from tests.support.broker import broker
from tests.support.patience import until
from tests.support.runs import LANE, start_request


def keep_a_run(services: Services, ended_days_ago: float) -> str:
    """Keep a run that ended so long ago, and was told."""
    at = round(time.time() * 1000 - ended_days_ago * DAY_MS)
    made = run_id(LANE, at, b"0123456789")
    services.start.lanes.ensure(Lane(lane_of(made), "org.crm.dynamics.com", "shared_uiflow_1"))
    runs = services.start.runs
    runs.insert(made, start_request())
    for step in (
        lambda run: end(run, RunStatus.SUCCEEDED, at=at),
        lambda run: announced(run, at=at),
    ):
        stored = runs.read(made)
        assert stored is not None
        runs.change(stored, step)
    return made


def test_old_runs_are_removed_by_the_timer_and_young_ones_stay(tmp_path: Path) -> None:
    made: list[str] = []

    def seed(services: Services) -> None:
        made.extend(keep_a_run(services, days) for days in (40, 31, 29, 1))

    settings = {"RETENTION_SCHEDULE": "*/1 * * * * *", "RETENTION_DAYS": "30"}
    with broker(tmp_path, settings=settings, before=seed) as app:
        until(
            lambda: {app.http.get(f"/runs/{old}").status_code for old in made[:2]} == {404},
            lambda: app.hosts[0].log()[-2000:],
            every=0.1,
        )
        assert [app.http.get(f"/runs/{run_id}").status_code for run_id in made] == [
            404,
            404,
            200,
            200,
        ]
        assert [run["runId"] for run in app.all_runs()] == [made[3], made[2]]

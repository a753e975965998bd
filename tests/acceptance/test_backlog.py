"""The backlog: high priority goes first and nothing starves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.domain.request import validate
from shared.triggers.provider import Services
from tests.support.broker import Broker, broker, valid_body

NORMAL, HIGH = 270, 30
LIMIT, SIDE_BY_SIDE = 60, 8
PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": "1",
    "SUBMISSION_CONCURRENCY": str(SIDE_BY_SIDE),
}


def queue(services: Services, count: int, **fields: str) -> list[str]:
    """Queue so many runs, each after the one before."""
    request = validate(valid_body(**fields))
    return [services.start(request, None).run.id for _ in range(count)]


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
        normal.extend(queue(services, NORMAL))
        high.extend(queue(services, HIGH, runPriority="high"))

    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": 1, "run_seconds": 0.05}
    with broker(tmp_path, settings=PACE, before=before, **limits) as app:
        order = sent(app, normal + high)
    place = {run_id: number for number, run_id in enumerate(order)}
    assert len(place) == len(order) == NORMAL + HIGH
    # Calls that are made side by side may arrive in any order.
    assert max(place[run_id] for run_id in high) < len(high) + SIDE_BY_SIDE
    for number, run_id in enumerate(normal):
        assert place[run_id] <= number + len(high) + SIDE_BY_SIDE

"""Many lanes, one user: hosts together use what Dataverse lets it do, and are seldom refused.

The user's limit is scaled down: 120 requests in 10 s. Execution time is left out, since it would be
this machine's; tests/unit/test_governor_model.py has it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from local.emulator.catalogue import POST_INVOICE
from local.emulator.records import RecordedRequest
from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.triggers.provider import Services
from tests.support.broker import Broker, broker
from tests.support.patience import until

LANES = 6
WINDOW_SECONDS, REQUESTS = 10, 120
WINDOWS = 2
SETTINGS = {
    "USER_WINDOW_SECONDS": str(WINDOW_SECONDS),
    "USER_REQUESTS_PER_WINDOW": str(REQUESTS),
    "USER_EXECUTION_SECONDS_PER_WINDOW": "400",
    "SUBMISSIONS_PER_WINDOW": "1000",
    "SUBMISSION_DEADLINE_SECONDS": "30",
    "CALLBACK_BASE_URL": "",
    "FIRST_POLL_SECONDS": "2",
}
LIMITS: dict[str, Any] = {
    "requests_per_window": REQUESTS,
    "request_window_seconds": WINDOW_SECONDS,
    "execution_seconds_per_window": 400,
    "answer_ms": 50,
}
RUNS = 300
TOGETHER, ALONE = 0.05, 0.005


def backlog(services: Services) -> None:
    """Queue more runs than the user may have submitted in the time that is measured."""
    for first in range(0, RUNS, 100):
        numbers = range(first, first + 100)
        runs = [
            RunRequest(POST_INVOICE.id, f"shared-load-{number % LANES}", RunMode.UNATTENDED)
            for number in numbers
        ]
        keys = [f"user-{number}" for number in numbers]
        requests = [StartRequest(run, None) for run in runs]
        services.start_batch(list(zip(requests, keys, strict=True)))


def requests_of(app: Broker) -> list[RecordedRequest]:
    return app.dataverse.requests("/api/data/")


def measured(app: Broker) -> list[RecordedRequest]:
    """Wait until the first window is over, and so many more are; give the requests of these."""
    first = until(lambda: requests_of(app), "nothing is submitted", every=0.05)[0].at_ms
    begins = first + WINDOW_SECONDS * 1000
    ends = begins + round(WINDOWS * WINDOW_SECONDS * 1000)
    until(lambda: app.dataverse.state().now_ms > ends, "time stands still", every=0.2)
    return [each for each in requests_of(app) if begins <= each.at_ms < ends]


@pytest.mark.parametrize(("hosts", "refused"), [(1, ALONE), (3, TOGETHER)])
def test_hosts_together_ask_for_no_more_than_their_user_may(
    tmp_path: Path, hosts: int, refused: float
) -> None:
    """And nothing is lost. How much of it they use is for the simulation to say."""
    world: dict[str, Any] = {"limit": 1000, "limit_window_seconds": 1, "behaviour": LIMITS}
    with broker(tmp_path, hosts=hosts, settings=SETTINGS, before=backlog, **world) as app:
        statuses = Counter(each.status for each in measured(app))
        everything = Counter(each.status for each in requests_of(app))
        assert 0 < sum(statuses.values()) - statuses[429] <= (WINDOWS + 1) * REQUESTS, statuses
        assert everything[429] <= refused * sum(everything.values()), everything
        app.dataverse.change_behaviour(requests_per_window=6_000)
        runs = app.until_all_final(RUNS)
        state = app.dataverse.state()
    assert Counter(run["status"] for run in runs) == {"Succeeded": RUNS}
    assert len(state.sessions) == RUNS

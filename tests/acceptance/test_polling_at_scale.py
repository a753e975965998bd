"""The sweep at scale: 2,000 sessions that nobody told of, by as few requests as carry them."""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import POST_INVOICE
from local.emulator.statuscodes import Status
from local.parts import Azurite, Emulator, settings_for
from shared.composition import compose
from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id
from shared.domain.run import Run
from shared.services.sweep import BUDGET_SECONDS
from shared.settings import Settings, read
from shared.storage.environment import EnvironmentTable
from shared.storage.runs import RunTable
from shared.storage.table import Table
from shared.triggers.provider import Services
from tests.support.runs import REQUEST, running, submitting
from tests.support.seeding import seed

SESSIONS, LANES = 2_000, 200
HOUR_MS = 3_600_000
SESSION_QUERIES = "/api/data/v9.2/flowsessions"


@dataclass
class Scene:
    """An app whose runs are all in the table, and in which nothing happens by itself."""

    settings: Settings
    services: Services
    dataverse: EmulatorAdmin
    table: Table

    def runs(self, count: int, *, session: bool) -> list[Run]:
        """Make runs over all lanes that were submitted an hour ago, their looks in any order."""
        now = time.time_ns() // 1_000_000
        return [self._run(number, now - HOUR_MS, session=session) for number in range(count)]

    def _run(self, number: int, at: int, *, session: bool) -> Run:
        connection = f"shared-load-{number % LANES}"
        lane = lane_id(self.settings.environment, connection)
        chance = random.Random(number * 2 + session)
        known = {
            "id": run_id(lane, at, chance.randbytes(TAIL_RANDOM_BYTES)),
            "request": replace(REQUEST, workflow_id=POST_INVOICE.id, connection_name=connection),
            "watch_at": at + chance.randrange(HOUR_MS // 2),
            "created_at": at,
            "claimed_at": at,
        }
        if not session:
            known |= {"claimed_at": at + HOUR_MS, "callback_base": self.settings.callback_base}
            return submitting(**known)
        made = self.dataverse.create_session(
            statuscode=Status.SUCCEEDED.value, connection=connection
        )
        return running(**known, flow_session_id=made.id)

    def queries(self, condition: str) -> int:
        """Count the queries of flow sessions with such a condition, as Dataverse saw them."""
        seen = self.dataverse.requests(SESSION_QUERIES)
        return sum(condition in unquote(each.query) for each in seen)

    def requests(self) -> int:
        return len(self.dataverse.requests("/api/data/"))

    def statuses(self, runs: list[Run]) -> Counter[str]:
        table = RunTable(self.table)
        lanes = {run.id[:16] for run in runs}
        found = {
            run.id: run.status.value
            for lane in lanes
            for run in table.newest(lane, limit=1_000, after=None)
        }
        return Counter(found[run.id] for run in runs)


@pytest.fixture
def scene(
    azurite: Azurite, emulator: Emulator, admin: EmulatorAdmin, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    for name, value in emulator.identity_environment.items():
        monkeypatch.setenv(name, value)
    environ = settings_for(
        azurite,
        emulator,
        RUN_TABLE=f"Scale{uuid.uuid4().hex}",
        CALLBACK_BASE_URL="http://127.0.0.1:7071",
    )
    settings = read(environ)
    services = compose(settings)
    table = services.sweep.poll.runs._table
    EnvironmentTable(table, settings.environment).learn_callback_urls_are_kept("before")
    return Scene(settings, services, admin, table)


@pytest.mark.parametrize("others", [0, 300], ids=["alone", "among 300 that await an answer"])
def test_2000_stale_sessions_cost_20_queries_and_one_sweep(
    scene: Scene, others: int, record_property: Callable[[str, object], None]
) -> None:
    """Whatever else is due between them: only the last query may be less than full."""
    stale = scene.runs(SESSIONS, session=True)
    seed(scene.table, scene.settings.environment, stale)
    seed(scene.table, scene.settings.environment, scene.runs(others, session=False))
    begun = time.monotonic()
    scene.services.sweep()
    took = time.monotonic() - begun
    record_property("seconds of the sweep", round(took, 1))
    assert scene.statuses(stale) == {"Succeeded": SESSIONS}
    assert took < BUDGET_SECONDS
    assert scene.queries("In(PropertyName") <= SESSIONS // 100
    assert scene.queries("callbackurl eq") <= others // 50
    assert scene.requests() <= SESSIONS // 100 + others // 50

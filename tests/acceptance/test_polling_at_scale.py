"""Polling at scale, with Azurite and the emulator: 1,000 stale sessions over 100 lanes."""

from __future__ import annotations

import math
import re
import secrets
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import POST_INVOICE
from local.emulator.faults import Fault
from local.parts import Azurite, Emulator, settings_for
from shared.composition import compose
from shared.domain.identifiers import lane_id, run_id
from shared.domain.lane import Lane
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.steps import adopt, queue
from shared.runtime import SystemClock
from shared.settings import read
from shared.storage import rows, run_rows
from shared.storage.run_changes import operations_between
from shared.storage.table import Insert, Operation
from shared.triggers.provider import Services
from tests.support.hearing import call_back
from tests.support.runs import POLLING, REQUEST

LANES, SESSIONS_A_LANE = 100, 10
A_QUERY = 100
GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
SESSIONS = "/api/data/v9.2/flowsessions"


@dataclass
class App:
    """The app's services in this process, and what Dataverse is asked by them."""

    services: Services
    dataverse: EmulatorAdmin
    environment: str

    def lane(self, number: int) -> Lane:
        """Give the lane of a connection; it is made if it is new."""
        name = f"shared-scale-{number:03d}"
        lane = Lane(lane_id(self.environment, name), self.environment, name)
        self.services.start.lanes.ensure(lane)
        return lane

    def keep(self, lane: Lane, session_ids: Sequence[str | None]) -> list[str]:
        """Keep runs whose looks have been due for long; without a session an end is to be told."""
        past = SystemClock().now() - 3_600_000
        request = replace(REQUEST, workflow_id=POST_INVOICE.id, connection_name=lane.connection)
        made, operations = [], list[Operation]()
        for session_id in session_ids:
            run = queue(run_id(lane.id, past, secrets.token_bytes(10)), request, input_entities=0)
            if session_id is None:
                run = end(run, RunStatus.SUCCEEDED, at=past)
            else:
                run = adopt(run, session_id, at=past, polling=POLLING)
            operations.append(Insert(rows.run_row(run.id), run_rows.from_run(run)))
            operations += operations_between(None, run)
            made.append(run.id)
        table = self.services.start.runs._table
        for start in range(0, len(operations), 99):
            table.commit(lane.id, operations[start : start + 99])
        return made

    def read(self, made: str) -> Run:
        run = self.services.read(made)
        assert run is not None
        return run

    def queries(self) -> list[Any]:
        """Give the queries of flow sessions, whatever they look for."""
        return [each for each in self.dataverse.requests(SESSIONS) if each.path == SESSIONS]

    def single_reads(self) -> int:
        return len(self.dataverse.requests(f"{SESSIONS}("))


@pytest.fixture
def app(azurite: Azurite, emulator: Emulator, admin: EmulatorAdmin) -> Iterator[App]:
    settings = settings_for(
        azurite,
        emulator,
        RUN_TABLE=f"Scale{uuid.uuid4().hex}",
        CALLBACK_BASE_URL="http://127.0.0.1:9",
    )
    admin.hold("callbacks")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.identity_environment.items():
            patch.setenv(name, value)
        made = read(settings)
        yield App(compose(made), admin, made.environment)


def keep_all(app: App, lanes: int, sessions_a_lane: int, **session: Any) -> list[str]:
    """Keep runs whose sessions Dataverse has, as `session` says; give their ids."""
    found = app.dataverse.create_sessions(lanes * sessions_a_lane, **session)

    def keep(number: int) -> list[str]:
        own = found[number * sessions_a_lane : (number + 1) * sessions_a_lane]
        return app.keep(app.lane(number), own)

    with ThreadPoolExecutor(8) as pool:
        return [made for some in pool.map(keep, range(lanes)) for made in some]


def statuses(app: App, run_ids: Sequence[str]) -> set[str]:
    with ThreadPoolExecutor(8) as pool:
        return {run.status.value for run in pool.map(app.read, run_ids)}


def still_running(app: App, run_ids: Sequence[str]) -> list[str]:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(app.read, run_ids))
    assert {run.status for run in runs} <= {RunStatus.RUNNING, RunStatus.SUCCEEDED}
    return [run.id for run in runs if not run.final]


def test_a_thousand_stale_sessions_are_asked_for_a_hundred_at_a_time(app: App) -> None:
    """With 100 ends to be told among them, which need no Dataverse.

    An idle machine does it in one sweep; how much a sweep gets done in its time is the machine's.
    """
    made = keep_all(app, LANES, SESSIONS_A_LANE, statuscode=4)
    untold = app.keep(app.lane(0), [None] * 100)
    left = made
    while left or any(app.read(each).watch_at for each in untold):
        before = len(app.queries())
        app.services.sweep()
        sizes = [len(GUID.findall(each.query)) for each in app.queries()[before:]]
        assert len(sizes) <= math.ceil(len(left) / A_QUERY)
        assert sum(size < A_QUERY for size in sizes) <= 1, "the last one"
        left = still_running(app, left)
    assert app.single_reads() == 0


def test_a_session_that_is_gone_and_one_that_may_not_be_read_are_told_apart(app: App) -> None:
    (gone,) = keep_all(app, 1, 1, statuscode=2)
    session_id = app.read(gone).flow_session_id or ""
    app.dataverse.delete_session(session_id)
    app.services.sweep()
    run = app.read(gone)
    assert run.error is not None
    assert (run.status, run.error.code) == (RunStatus.FAILED, "FlowSessionNotFound")


def test_without_the_right_to_read_a_run_goes_on_and_says_what_is_missing(app: App) -> None:
    """It ends as Dataverse's row says once the right is granted."""
    made = keep_all(app, 2, 40, statuscode=4)
    app.dataverse.change_behaviour(may_read_sessions=False)
    app.services.sweep()
    assert len(app.queries()) == 1
    assert app.single_reads() == 0, "a refusal of the whole query says enough"
    for each in made:
        run = app.read(each)
        assert run.status is RunStatus.RUNNING
        assert run.error is not None
        assert (run.error.code, run.error.status) == ("FlowSessionUnreadable", 403)
    app.services.sweep()
    assert len(app.queries()) == 1, "the next look is at its turn"
    app.dataverse.change_behaviour(may_read_sessions=True)
    run = app.read(made[0])
    call_back(app.services, run)
    ended = app.read(made[0])
    assert (ended.status, ended.error) == (RunStatus.SUCCEEDED, None)


def test_one_429_stops_every_look_of_the_sweep_and_of_the_next_on_any_instance(app: App) -> None:
    made = keep_all(app, 3, 100, statuscode=4)
    throttled = Fault(
        method="GET",
        path="flowsessions",
        status=429,
        headers={"Retry-After": "2"},
        body={"error": {"code": "0x80072322", "message": "too many requests"}},
        times=1,
    )
    app.dataverse.add_fault(replace(throttled, headers={"Retry-After": "30"}))
    app.services.sweep()
    app.services.sweep()
    assert len(app.queries()) == 1, "30 s are more than a read waits for by itself"
    assert statuses(app, made) == {"Running"}

"""Retention over a real table: what is old goes with its key, what fails waits for another day."""

from dataclasses import dataclass

import pytest

from shared.domain.destinations import Destinations
from shared.domain.identifiers import lane_id, run_id, tail_of
from shared.domain.instants import DAY_MS
from shared.domain.lane import Lane
from shared.domain.lane_state import LaneState
from shared.domain.request import StartRequest
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import announced, end
from shared.runtime import thread_crew
from shared.services.indexing.index import Index
from shared.services.rounds.retain import KEY_ROUNDS, Retain
from shared.services.starting.connections import Connections
from shared.services.starting.start import KeyReusedError, Start
from shared.storage import index_rows
from shared.storage.environment import EnvironmentTable
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.index_lists import IndexLists
from shared.storage.keys import KeyedRun, KeyTable, digest_of
from shared.storage.lane_states import LaneStates
from shared.storage.lanes import LaneTable
from shared.storage.run_index import RunIndex
from shared.storage.runs import RunTable
from shared.storage.table import Entity, StorageUnavailableError, Upsert
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.runs import NOW, start_request
from tests.support.tables import DeceptiveTable

ENVIRONMENT, CONNECTION = "org.crm.dynamics.com", "shared_uiflow_1"
RETENTION = 30 * DAY_MS
INDEX = index_rows.partition_of(ENVIRONMENT)


@dataclass
class App:
    """Starting and retention, on one table."""

    table: DeceptiveTable
    clock: HandClock
    starting: Start
    retain: Retain
    runs: RunTable

    def start(self, request: StartRequest, key: str | None) -> Run:
        return self.starting(request, key).run

    def end(self, run: Run) -> None:
        for step in (
            lambda run: end(run, RunStatus.SUCCEEDED, at=self.clock.now()),
            lambda run: announced(run, at=self.clock.now()),
        ):
            stored = self.runs.read(run.id)
            assert stored is not None
            run = self.runs.change(stored, step)
        assert self.retain.index.ended(run)

    def rows(self, partition: str) -> list[str]:
        return [entity.row for entity in self.table.query(partition, "0", "~")]


class _NoWaker:
    def wake_soon(self, lane_id: str) -> None: ...


@pytest.fixture
def app(table: DeceptiveTable) -> App:
    clock, runs, lanes, keys = HandClock(), RunTable(table), LaneTable(table), KeyTable(table)
    known = EnvironmentTable(table, ENVIRONMENT)
    index = Index(RunIndex(table, ENVIRONMENT), runs, clock)
    start = Start(
        connections=Connections(ENVIRONMENT, known, None, clock),  # type: ignore[arg-type]  # not asked
        lanes=lanes,
        keys=keys,
        runs=runs,
        waker=_NoWaker(),
        index=index,
        clock=clock,
        destinations=Destinations(),
        retention_ms=RETENTION,
        check_inputs=lambda _: None,
    )
    retain = Retain(
        lanes=lanes,
        runs=runs,
        expired=ExpiredRuns(table),
        keys=keys,
        index=index,
        index_lists=IndexLists(table, ENVIRONMENT),
        states=LaneStates(table, ENVIRONMENT),
        crews=thread_crew,
        clock=clock,
        retention_ms=RETENTION,
        concurrency=8,
    )
    return App(table, clock, start, retain, runs)


def test_a_run_and_its_key_go_after_the_retention_and_not_before(app: App) -> None:
    run = app.start(start_request(), "order 4711")
    app.end(run)
    app.clock.at += RETENTION - 1
    app.retain()
    assert app.runs.read(run.id) is not None
    assert app.start(start_request(), "order 4711").id == run.id
    app.clock.at += 1
    app.retain()
    assert app.runs.read(run.id) is None
    assert app.start(start_request(), "order 4711").id != run.id, "the key is free"


def test_what_the_index_tells_of_a_run_goes_before_it(app: App) -> None:
    runs = [app.start(start_request(correlation_id="order 7"), None) for _ in range(3)]
    for run in runs[:2]:
        app.end(run)
    assert len(app.rows(INDEX)) == 6
    app.clock.at += RETENTION
    app.retain()
    assert {row.split(":")[0] for row in app.rows(INDEX)} == {"active", "correlation"}
    assert all(tail_of(runs[2].id) in row for row in app.rows(INDEX))


def test_what_the_index_tells_of_a_run_that_is_gone_goes_too(app: App) -> None:
    """It was written when the run was removed already: by a process that stood still."""
    run = app.start(start_request(correlation_id="order 7"), None)
    app.end(run)
    stored = app.runs.read(run.id)
    assert stored is not None
    app.clock.at += RETENTION
    app.retain()
    late = [Upsert(row, each) for row, each in index_rows.rows_of(stored.run, app.clock.at).items()]
    app.table.commit(INDEX, late)
    app.retain()
    assert app.rows(INDEX) == []


def test_a_run_that_has_not_ended_stays_however_old_it_is(app: App) -> None:
    run = app.start(start_request(), "order 4711")
    app.clock.at += 10 * RETENTION
    app.retain()
    assert app.runs.read(run.id) is not None
    assert app.start(start_request(), "order 4711").id == run.id


def test_a_key_whose_run_is_gone_can_be_used_for_another_request(app: App) -> None:
    """Retention died between a run and its key, or is about to come to the key."""
    old = run_id(lane_id(ENVIRONMENT, CONNECTION), NOW - RETENTION, b"0123456789")
    KeyTable(app.table).take(digest_of("order 4711"), KeyedRun(old, "fingerprint"))
    run = app.start(start_request(), "order 4711")
    assert run.id != old
    assert app.start(start_request(), "order 4711").id == run.id
    with pytest.raises(KeyReusedError):
        app.start(start_request("{}"), "order 4711")


def test_a_young_key_without_a_run_is_healed_as_ever(app: App) -> None:
    young = run_id(lane_id(ENVIRONMENT, CONNECTION), NOW - RETENTION + 1, b"0123456789")
    request = start_request()
    KeyTable(app.table).take(digest_of("order 4711"), KeyedRun(young, request.fingerprint))
    assert app.start(request, "order 4711").id == young


class TestAMonth:
    """On the simulated table, which keeps the same contract: a month asks for 4,096 partitions."""

    @pytest.fixture
    def table(self) -> DeceptiveTable:
        return DeceptiveTable(SimulatedTable())

    def test_keys_of_starts_that_nobody_finished_go_within_it(self, app: App) -> None:
        keys = KeyTable(app.table)
        old = run_id(lane_id(ENVIRONMENT, CONNECTION), NOW - RETENTION - 1, b"0123456789")
        digests = [digest_of(f"order {n}") for n in range(20)]
        for digest in digests:
            keys.take(digest, KeyedRun(old, "fingerprint"))
        for _ in range(KEY_ROUNDS):
            app.retain()
            app.clock.at += DAY_MS
        partitions = {f"keys:{digest[:3]}" for digest in digests}
        assert [row for partition in partitions for row in app.rows(partition)] == []


def test_a_lane_goes_with_its_last_run_and_comes_back_with_the_next(app: App) -> None:
    lane = lane_id(ENVIRONMENT, CONNECTION)
    app.end(app.start(start_request(), "order 4711"))
    app.clock.at += RETENTION
    app.retain.states.keep([LaneState(Lane(lane, ENVIRONMENT, CONNECTION), as_of=NOW)])
    app.retain()
    assert [app.rows(where) for where in ("lanes", lane, f"views:{ENVIRONMENT}")] == [[], [], []]
    run = app.start(start_request(), "order 4711")
    assert app.rows("lanes") == [lane]
    tail = run.id.partition("-")[2]
    assert [row for row in app.rows(lane) if not row.startswith("due:")] == [
        "lane",
        "listed",
        f"run:{tail}",
    ]
    app.retain()
    assert app.rows("lanes") == [lane]


def test_a_lane_with_a_run_stays_however_old_it_is(app: App) -> None:
    app.start(start_request(), None)
    app.clock.at += 10 * RETENTION
    app.retain()
    assert app.rows("lanes") == [lane_id(ENVIRONMENT, CONNECTION)]


def test_a_key_keeps_the_connection_of_a_lane_that_has_left(app: App) -> None:
    """Its start died, its name stands for another connection by now, and is asked for again."""
    lane, request = lane_id(ENVIRONMENT, CONNECTION), start_request(connection_name="another")
    keyed = KeyedRun(run_id(lane, NOW, b"0123456789"), request.fingerprint, CONNECTION)
    KeyTable(app.table).take(digest_of("order 4711"), keyed)
    run = app.start(request, "order 4711")
    assert (run.id, run.known_connection) == (keyed.run_id, CONNECTION)
    assert lane in app.rows("lanes")


def test_what_fails_is_left_for_another_day_and_stops_nothing_else(app: App) -> None:
    lane = LaneTable(app.table)
    other = Lane(lane_id(ENVIRONMENT, "shared_uiflow_2"), ENVIRONMENT, "shared_uiflow_2")
    lane.ensure(other)
    first = app.start(start_request(), None)
    second = app.start(start_request(connection_name="shared_uiflow_2"), None)
    for run in (first, second):
        app.end(run)
    app.clock.at += RETENTION
    app.table.lost = [StorageUnavailableError("timed out")]
    app.retain()
    assert sum(app.runs.read(run.id) is not None for run in (first, second)) == 1
    app.retain()
    assert [app.runs.read(run.id) for run in (first, second)] == [None, None]


@pytest.mark.parametrize("first", range(3))
def test_a_slow_lane_takes_no_other_lanes_day(
    app: App, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """Whichever is the first: each page of one lane takes a minute and forty seconds."""
    slow, *others = (lane_id(ENVIRONMENT, f"shared_uiflow_{n}") for n in range(3))
    runs = [
        app.start(start_request(connection_name=f"shared_uiflow_{n}"), None)
        for n in (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2)
    ]
    for run in runs:
        app.end(run)
    app.clock.at += RETENTION
    query = app.table.query

    def slowly(partition: str, after: str, before: str, **limit: int) -> list[Entity]:
        app.clock.seconds += 100 if partition == slow and after.startswith("run:") else 0
        return query(partition, after, before, **limit)

    monkeypatch.setattr(app.table, "query", slowly)
    monkeypatch.setattr("shared.storage.expired_runs.PAGE", 2)
    monkeypatch.setattr("shared.services.rounds.retain.TOGETHER", 2)
    monkeypatch.setattr(app.clock, "random_bytes", lambda _: bytes([0, 0, 0, first]))
    app.retain()
    left = [row for lane in others for row in app.rows(lane) if row.startswith("run:")]
    assert left == []
    assert any(row.startswith("run:") for row in app.rows(slow)), "it took all of its day"


def test_a_round_is_bounded_in_time(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    run = app.start(start_request(), None)
    app.end(run)
    app.clock.at += RETENTION
    monkeypatch.setattr("shared.services.rounds.retain.BUDGET_SECONDS", 0.0)
    app.retain()
    assert app.runs.read(run.id) is not None

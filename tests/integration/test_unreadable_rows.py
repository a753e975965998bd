"""A row that cannot be read fails alone: it is told, and what stands beside it goes on."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest

from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id
from shared.domain.instants import DAY_MS, to_iso
from shared.domain.lane import Lane
from shared.domain.run import RunStatus
from shared.domain.run.announcements import announced, end
from shared.services.ports import Clock
from shared.services.reading.index_listing import IndexedRuns
from shared.services.reading.lane_views import ViewLanes
from shared.services.reading.listing import ListRequest, ListRuns
from shared.services.starting.connections import Connections
from shared.storage import rows
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.keys import KeyedRun, KeyTable, digest_of
from shared.storage.lane_states import LaneStates
from shared.storage.lanes import LaneTable
from shared.storage.rows import Kind, Watch
from shared.storage.run_lists import RunLists
from shared.storage.runs import RunTable
from shared.storage.table import Insert, Merge, UnreadableRowError, Value
from tests.support.clocks import HandClock
from tests.support.runs import CLAIM, NOW, PACE, start_request
from tests.support.tables import DeceptiveTable

SECRET = "a text of somebody else's"
LANES = [
    Lane(lane_id("org.crm.dynamics.com", name), "org.crm.dynamics.com", name) for name in ("a", "b")
]
LANE = LANES[0].id
ODD: list[Mapping[str, Value]] = [
    {"Status": SECRET},
    {"Attempts": SECRET},
    {"Timeout": "three hours"},
    {"RunMode": ""},
    {"ConnectionType": 7},
    {"Candidates": "{"},
    {"Candidates": '[{"x": 1}]'},
    {"Decision": f'"{SECRET}"'},
]


@pytest.fixture
def lanes(table: DeceptiveTable) -> LaneTable:
    lanes = LaneTable(table)
    for lane in LANES:
        lanes.ensure(lane)
    return lanes


@pytest.fixture
def runs(table: DeceptiveTable, lanes: LaneTable) -> RunTable:
    del lanes
    return RunTable(table)


def ids(count: int, lane: str = LANE) -> list[str]:
    return [run_id(lane, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(count)]


def spoil(table: DeceptiveTable, run: str, properties: Mapping[str, Value]) -> None:
    table.commit(LANE, [Merge(rows.run_row(run), properties)])


def claimed(lanes: LaneTable, runs: RunTable, count: int) -> list[str]:
    """Queue and claim runs, and give their ids."""
    made = ids(count)
    for each in made:
        runs.insert(each, start_request())
    stored = lanes.read(LANE)
    assert stored is not None
    assert lanes.claim(
        stored, lanes.backlog(LANE, count), CLAIM, settled=stored.lane, at=NOW, pace=PACE
    )
    return made


@pytest.mark.parametrize("odd", ODD, ids=[next(iter(each)) + str(n) for n, each in enumerate(ODD)])
def test_a_run_that_cannot_be_read_is_missing_in_lists_and_an_error_by_itself(
    table: DeceptiveTable,
    runs: RunTable,
    odd: Mapping[str, Value],
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = ids(7)
    for each in made:
        runs.insert(each, start_request())
    for each in (made[0], made[3], made[6]):
        spoil(table, each, odd)
    named = cast("Connections", SimpleNamespace(lane_named=lambda _: LANE))
    index = cast("IndexedRuns", None)
    list_runs = ListRuns(runs, RunLists(table), index, KeyTable(table), named)
    listed: list[str] = []
    token: str | None = None
    with caplog.at_level(logging.ERROR):
        while True:
            page = list_runs(ListRequest(connection_name="any", top=2, after=token))
            listed += [run.id for run in page.runs]
            token = page.last
            if token is None:
                break
    assert listed == [made[5], made[4], made[2], made[1]]
    assert f"row.unreadable lane='{LANE}' row='{rows.run_row(made[3])}'" in caplog.text
    assert SECRET not in caplog.text
    with pytest.raises(UnreadableRowError) as raised:
        runs.read(made[3])
    assert SECRET not in str(raised.value)


class TestLooks:
    def test_a_look_at_a_run_that_cannot_be_read_is_put_off_and_found_when_it_is_mended(
        self, table: DeceptiveTable, lanes: LaneTable, runs: RunTable
    ) -> None:
        claimed(lanes, runs, 2)
        watch, other = lanes.watches(LANE, NOW + DAY_MS, 10)
        bad = watch.run_id
        spoil(table, bad, {"Status": SECRET})
        later = watch.watch_at + 600_000
        lanes.put_off(watch, later)
        lanes.put_off(watch, later + 1)  # somebody else, who is late
        assert lanes.watches(LANE, NOW + DAY_MS, 10) == [other, Watch(bad, later)]
        assert lanes.watches(LANE, NOW + DAY_MS, 10)[1].kind is Kind.SUBMISSION

        spoil(table, bad, {"Status": "Submitting"})
        stored = runs.read(bad)
        assert stored is not None
        assert stored.run.watch_at == later
        ended = runs.change(stored, lambda run: end(run, RunStatus.FAILED, at=later))
        assert Watch(bad, ended.watch_at or 0) in lanes.watches(LANE, NOW + DAY_MS, 10)
        assert len(lanes.watches(LANE, NOW + DAY_MS, 10)) == 2

    def test_a_time_that_cannot_be_read_is_written_anew(
        self, table: DeceptiveTable, lanes: LaneTable, runs: RunTable
    ) -> None:
        (bad,) = claimed(lanes, runs, 1)
        spoil(table, bad, {"WatchAt": SECRET})
        (watch,) = lanes.watches(LANE, NOW + DAY_MS, 10)
        lanes.put_off(watch, NOW)
        stored = runs.read(bad)
        assert stored is not None
        assert stored.run.watch_at == NOW
        assert lanes.watches(LANE, NOW, 10) == [Watch(bad, NOW)]

    def test_a_look_that_no_run_stands_behind_goes(
        self, table: DeceptiveTable, lanes: LaneTable
    ) -> None:
        (nobodys,) = ids(1)
        table.commit(LANE, [Insert(Watch(nobodys, NOW).row, {})])
        (watch,) = lanes.watches(LANE, NOW, 10)
        lanes.put_off(watch, NOW + 1)
        lanes.forget_watch(watch)
        lanes.forget_watch(watch)
        assert lanes.watches(LANE, NOW + 1, 10) == []

    def test_each_kind_of_look_has_its_own_room(
        self, table: DeceptiveTable, lanes: LaneTable
    ) -> None:
        """Ends that nobody can be told of have been due for longest, and are many."""
        made = ids(40)
        for number, each in enumerate(made):
            kind = Kind.END if number < 30 else [*Kind][number % 2]
            table.commit(LANE, [Insert(Watch(each, NOW + number).row, kind.marks)])
        found = lanes.watches(LANE, NOW + 100, 8)
        kinds = [watch.kind for watch in found]
        assert (kinds.count(Kind.END), kinds.count(Kind.SESSION)) == (8, 5)
        assert kinds.count(Kind.SUBMISSION) == 5

    def test_rows_whose_keys_cannot_be_read_are_left_out(
        self, table: DeceptiveTable, lanes: LaneTable, runs: RunTable
    ) -> None:
        made = claimed(lanes, runs, 2)
        runs.insert(run_id(LANE, NOW + 9, bytes(TAIL_RANDOM_BYTES)), start_request())
        for row in ("watch:0000000000001:x:y", "watch:00000000000xx:z", "due:soon", "double:s"):
            table.commit(LANE, [Insert(row, {"Awaits": True})])
        assert {each.run_id for each in lanes.watches(LANE, NOW + DAY_MS, 10)} == {*made}
        assert len(lanes.backlog(LANE, 10)) == 1
        assert lanes.doubles(LANE, 10) == []

    def test_whoever_asks_for_all_rivals_hears_of_those_whose_time_cannot_be_read(
        self, table: DeceptiveTable, lanes: LaneTable, runs: RunTable
    ) -> None:
        """A rival that is left out would make a session seem to be another's."""
        bad, good = claimed(lanes, runs, 2)
        (watch, _) = lanes.watches(LANE, NOW + DAY_MS, 10)
        tail = watch.row.rpartition(":")[2]
        lanes.forget_watch(watch)
        table.commit(LANE, [Insert(f"watch:soon:{tail}", {"Awaits": True})])
        assert {each.run_id for each in lanes.awaiting(LANE)} == {bad, good}


def test_a_lane_that_cannot_be_read_hides_no_other(
    table: DeceptiveTable, lanes: LaneTable, runs: RunTable
) -> None:
    del runs
    table.commit(LANE, [Merge("lane", {"Window": SECRET})])
    view = ViewLanes(lanes, LaneStates(table, "org"), cast("Clock", HandClock(NOW)), PACE)
    assert [each.connection for each in view()] == ["b"]
    with pytest.raises(UnreadableRowError):
        view.one(LANE)


def test_a_run_that_cannot_be_read_keeps_none_from_being_removed(
    table: DeceptiveTable, runs: RunTable
) -> None:
    made = ids(3)
    for each in made:
        runs.insert(each, start_request())
        for step in (
            lambda run: end(run, RunStatus.FAILED, at=NOW),
            lambda run: announced(run, at=NOW),
        ):
            stored = runs.read(each)
            assert stored is not None
            runs.change(stored, step)
    spoil(table, made[1], {"Status": SECRET})
    expired = ExpiredRuns(table)
    found = [stored.run.id for stored in expired.of_lane(LANE, NOW + DAY_MS)]
    assert sorted(found) == sorted([made[0], made[2]])


def test_a_key_that_cannot_be_read_hides_no_other(table: DeceptiveTable) -> None:
    keys, digest = KeyTable(table), digest_of("a key")
    partition = f"keys:{digest[:3]}"
    bad = digest[:3] + "0" * 61
    keyed = KeyedRun(ids(1)[0], "fingerprint")
    keys.take(digest, keyed)
    table.commit(partition, [Insert(bad, {"Made": to_iso(NOW)})])
    assert keys.of_partition(int(digest[:3], 16)) == [(digest, keyed)]
    with pytest.raises(UnreadableRowError):
        keys.read(bad)

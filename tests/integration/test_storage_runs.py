"""Runs in a real table: made once, changed step by step."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.domain.identifiers import TAIL_RANDOM_BYTES, run_id, tail_of
from shared.domain.request import RunPriority
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import announced
from shared.domain.run.history import begun, noted
from shared.domain.run.steps import adopt, look_again, note_doubles, observe
from shared.domain.session import StatusCode
from shared.storage import run_rows
from shared.storage.lanes import LaneTable
from shared.storage.rows import Double, Place, Watch
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import ConflictError, StorageUnavailableError
from tests.support.runs import (
    LANE,
    NOW,
    OTHER_SESSION,
    POLLING,
    RUN_ID,
    SESSION,
    queued,
    session,
    start_request,
)
from tests.support.tables import DeceptiveTable

LATER = NOW + 10_000
NEW = begun(queued())
CONFLICT, UNAVAILABLE = ConflictError("409"), StorageUnavailableError("timed out")
Step = Callable[[Run], Run]


@pytest.fixture
def runs(table: DeceptiveTable) -> RunTable:
    return RunTable(table)


@pytest.fixture
def lanes(table: DeceptiveTable) -> LaneTable:
    """Show the backlog and the looks of the runs' lane."""
    return LaneTable(table)


def stored(runs: RunTable, wanted: str = RUN_ID) -> StoredRun:
    found = runs.read(wanted)
    assert found is not None
    return found


def adopted(run: Run) -> Run:
    return adopt(run, SESSION, at=LATER, polling=POLLING)


def succeeded(run: Run) -> Run:
    return observe(run, session(), at=LATER, polling=POLLING)


class TestInserting:
    def test_a_run_is_made_with_its_place_in_the_backlog(
        self, runs: RunTable, lanes: LaneTable
    ) -> None:
        run, new = runs.insert(RUN_ID, start_request())
        assert new
        assert run == stored(runs).run == NEW
        assert lanes.backlog(LANE, 10) == [Place(RUN_ID, NOW, 0)]

    def test_a_run_of_high_priority_stands_before_older_ones(
        self, runs: RunTable, lanes: LaneTable
    ) -> None:
        high = run_id(LANE, NOW + 60_000, bytes(TAIL_RANDOM_BYTES))
        runs.insert(RUN_ID, start_request())
        runs.insert(high, start_request(run_priority=RunPriority.HIGH))
        assert [place.run_id for place in lanes.backlog(LANE, 10)] == [high, RUN_ID]

    def test_a_run_that_exists_is_given_as_it_is_by_now(
        self, runs: RunTable, lanes: LaneTable
    ) -> None:
        """A repeated request finds the run of the first, whatever became of it."""
        runs.insert(RUN_ID, start_request())
        runs.change(stored(runs), adopted)
        assert runs.insert(RUN_ID, start_request()) == (noted(NEW, adopted(NEW)), False)
        assert lanes.backlog(LANE, 10) == []

    def test_an_insert_that_succeeded_is_known_as_ours(
        self, runs: RunTable, table: DeceptiveTable
    ) -> None:
        """The SDK repeats requests by itself: "exists" can be our own success."""
        table.errors = [CONFLICT]
        assert runs.insert(RUN_ID, start_request()) == (NEW, False)

    def test_a_conflict_without_a_run_is_unavailable(
        self, runs: RunTable, table: DeceptiveTable
    ) -> None:
        table.lost = [CONFLICT]
        with pytest.raises(StorageUnavailableError, match="neither made nor found"):
            runs.insert(RUN_ID, start_request())

    def test_a_run_that_is_not_there_reads_as_none(self, runs: RunTable) -> None:
        assert runs.read(RUN_ID) is None


class TestChanging:
    @pytest.fixture(autouse=True)
    def run(self, runs: RunTable) -> Run:
        return runs.insert(RUN_ID, start_request()).run

    def test_a_step_moves_the_run_and_its_places_together(
        self, runs: RunTable, lanes: LaneTable
    ) -> None:
        after = runs.change(stored(runs), adopted)
        assert after == stored(runs).run == noted(NEW, adopted(NEW))
        assert lanes.backlog(LANE, 10) == []
        watch_at = LATER + POLLING.first
        assert lanes.watches(LANE, watch_at, 10) == [Watch(RUN_ID, watch_at)]

    def test_a_look_moves_with_its_run(self, runs: RunTable, lanes: LaneTable) -> None:
        runs.change(stored(runs), adopted)
        runs.change(stored(runs), lambda run: look_again(run, LATER + 1))
        assert lanes.watches(LANE, LATER + 10_000_000, 10) == [Watch(RUN_ID, LATER + 1)]

    def test_a_final_run_has_no_place_left(self, runs: RunTable, lanes: LaneTable) -> None:
        """And nobody looks at it any more once its end has been told."""
        runs.change(stored(runs), adopted)
        runs.change(stored(runs), succeeded)
        assert lanes.backlog(LANE, 10) == []
        assert lanes.count_active(LANE) == (0, True)
        runs.change(stored(runs), lambda run: announced(run, at=LATER))
        assert lanes.watches(LANE, LATER + 10_000_000, 10) == []

    def test_a_double_stands_there_until_it_is_known_to_be_over(
        self, runs: RunTable, lanes: LaneTable
    ) -> None:
        runs.change(
            stored(runs), lambda run: note_doubles(adopted(run), (OTHER_SESSION,), at=LATER)
        )
        runs.change(stored(runs), succeeded)
        double = Double(RUN_ID, OTHER_SESSION)
        assert lanes.doubles(LANE, 10) == [double]
        for _ in range(2):
            lanes.forget_double(LANE, double)
            assert lanes.doubles(LANE, 10) == []

    def test_no_step_writes_nothing(self, runs: RunTable, table: DeceptiveTable) -> None:
        before = table.commits
        assert runs.change(stored(runs), lambda run: run) == NEW
        assert table.commits == before

    def test_a_step_is_taken_again_on_what_came_between(self, runs: RunTable) -> None:
        """The late one sees the state that the other left, and changes nothing of it."""
        read_before = stored(runs)
        runs.change(stored(runs), lambda run: succeeded(adopted(run)))
        after = runs.change(read_before, adopted)
        assert after == stored(runs).run
        assert after.status is RunStatus.SUCCEEDED

    def test_a_step_that_succeeded_is_known_as_ours(
        self, runs: RunTable, table: DeceptiveTable
    ) -> None:
        """The SDK repeats requests by itself: 412 can be our own success."""
        table.errors = [CONFLICT]
        before = table.commits
        after = runs.change(
            stored(runs),
            lambda run: observe(
                adopted(run), session(StatusCode.RUNNING), at=LATER, polling=POLLING
            ),
        )
        assert table.commits == before + 1
        assert after == stored(runs).run
        assert after.flow_session_id == SESSION

    def test_a_failure_to_write_is_told_and_not_tried_again(
        self, runs: RunTable, table: DeceptiveTable
    ) -> None:
        table.lost = [UNAVAILABLE]
        with pytest.raises(StorageUnavailableError, match="timed out"):
            runs.change(stored(runs), adopted)
        assert stored(runs).run == NEW

    def test_a_run_that_changes_without_end_is_given_up(
        self, runs: RunTable, table: DeceptiveTable
    ) -> None:
        table.lost = [ConflictError("412")] * 1_000
        with pytest.raises(StorageUnavailableError, match="changes too often"):
            runs.change(stored(runs), adopted)

    def test_a_run_that_is_gone_is_told(self, runs: RunTable) -> None:
        """Retention removed it while somebody held it."""
        missing = replace(queued(), id=run_id(LANE, NOW, b"0123456789"))
        with pytest.raises(StorageUnavailableError, match="is gone"):
            runs.change(StoredRun(missing, 'W/"1"'), adopted)


def test_a_run_row_is_where_its_id_says(runs: RunTable, table: DeceptiveTable) -> None:
    """One point read: the partition is the lane, the row the tail."""
    runs.insert(RUN_ID, start_request())
    entity = table.get(LANE, f"run:{tail_of(RUN_ID)}")
    assert entity is not None
    assert run_rows.to_run(LANE, entity) == NEW

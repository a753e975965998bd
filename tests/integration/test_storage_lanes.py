"""Lanes in a real table: made once, changed by many, and claims that happen whole or not at all."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id, tail_of
from shared.domain.lane import Lane, Setback
from shared.domain.lane_state import COUNTED
from shared.domain.pause import Pause
from shared.domain.run import RunStatus
from shared.domain.run.steps import cancel
from shared.domain.window import ClaimedSlots, Pace, SubmissionWindow
from shared.storage import rows
from shared.storage.lanes import CLAIM_LIMIT, LaneTable, StoredLane
from shared.storage.rows import Place, Watch
from shared.storage.runs import RunTable
from shared.storage.table import (
    TRANSACTION_LIMIT,
    ConflictError,
    Entity,
    Insert,
    StorageError,
    StorageUnavailableError,
)
from tests.support.runs import CLAIM, NOW, PACE, start_request
from tests.support.tables import DeceptiveTable

ENVIRONMENT = "org.crm.dynamics.com"
LANE = Lane(lane_id(ENVIRONMENT, "shared_uiflow_1"), ENVIRONMENT, "shared_uiflow_1")
OTHER_CLAIM = "0b" * 9
CONFLICT, UNAVAILABLE = ConflictError("412"), StorageUnavailableError("timed out")


@pytest.fixture
def lanes(table: DeceptiveTable) -> LaneTable:
    lanes = LaneTable(table)
    lanes.ensure(LANE)
    return lanes


@pytest.fixture
def runs(table: DeceptiveTable) -> RunTable:
    return RunTable(table)


def queue_runs(runs: RunTable, count: int) -> list[str]:
    """Queue runs, a millisecond apart, and give their ids in that order."""
    ids = [run_id(LANE.id, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(count)]
    for each in ids:
        runs.insert(each, start_request())
    return ids


def stored(lanes: LaneTable) -> StoredLane:
    found = lanes.read(LANE.id)
    assert found is not None
    return found


@pytest.mark.parametrize("count", [COUNTED - 1, COUNTED, COUNTED + 5])
def test_counting_takes_one_page_and_says_so_where_there_is_more(
    table: DeceptiveTable, lanes: LaneTable, count: int
) -> None:
    places = [
        Place(run_id(LANE.id, NOW + n, bytes(TAIL_RANDOM_BYTES)), NOW + n, 0) for n in range(count)
    ]
    for start in range(0, count, TRANSACTION_LIMIT):
        some = places[start : start + TRANSACTION_LIMIT]
        table.commit(LANE.id, [Insert(place.row, {"Attempts": 0}) for place in some])
    assert lanes.count_backlog(LANE.id) == (min(count, COUNTED), count < COUNTED)
    assert lanes.count_backlog(LANE.id, before=places[500]) == (500, True)
    last = lanes.count_backlog(LANE.id, before=places[-1])
    assert last == (min(count - 1, COUNTED), count - 1 < COUNTED)
    assert lanes.count_active(LANE.id) == (0, True)


PAUSE = Pause(NOW, "NoToken", "no token", NOW)
SETBACK = Setback("Unreachable", "refused")


def _nothing() -> None:
    return


def everything(table: DeceptiveTable) -> list[Entity]:
    return table.query(LANE.id, "a", "z")


def claimed(
    lanes: LaneTable, read: StoredLane, places: Sequence[Place], claim: str, *, at: int, pace: Pace
) -> bool:
    """Claim runs for a lane that has nothing to settle."""
    return lanes.claim(read, places, claim, settled=read.lane, at=at, pace=pace) is not None


class TestMaking:
    def test_a_lane_is_made_with_its_entry_in_the_list(self, lanes: LaneTable) -> None:
        assert stored(lanes).lane == LANE
        assert lanes.ids() == [LANE.id]

    def test_a_lane_that_exists_is_left_as_it_is(
        self, lanes: LaneTable, table: DeceptiveTable
    ) -> None:
        """Another instance, or the same after a restart, ensures it again."""
        lanes.change(LANE.id, lambda lane: lane.wait(PAUSE))
        LaneTable(table).ensure(LANE)
        assert stored(lanes).lane == LANE.wait(PAUSE)
        assert lanes.ids() == [LANE.id]

    def test_a_lane_is_ensured_once_by_a_process(
        self, lanes: LaneTable, table: DeceptiveTable
    ) -> None:
        before = table.commits
        lanes.ensure(LANE)
        assert table.commits == before

    def test_a_lane_that_was_half_made_is_completed(self, table: DeceptiveTable) -> None:
        """A process may die before the last write; the list comes before it, for the sweep."""
        table.before = [_nothing, _nothing, lambda: table.lost.append(UNAVAILABLE)]
        with pytest.raises(StorageUnavailableError):
            LaneTable(table).ensure(LANE)
        lanes = LaneTable(table)
        assert lanes.ids() == [LANE.id]
        assert lanes.read(LANE.id) is None
        lanes.ensure(LANE)
        assert stored(lanes).lane == LANE

    def test_all_lanes_are_listed(self, lanes: LaneTable) -> None:
        others = ["0" * 16, "v" * 16]
        for other in others:
            lanes.ensure(replace(LANE, id=other))
        assert lanes.ids() == sorted([LANE.id, *others])


class TestReading:
    def test_the_backlog_is_read_in_the_order_of_its_times(
        self, lanes: LaneTable, runs: RunTable
    ) -> None:
        ids = queue_runs(runs, 5)
        assert lanes.backlog(LANE.id, 3) == [Place(ids[n], NOW + n, 0) for n in range(3)]
        assert len(lanes.backlog(LANE.id, 100)) == 5

    def test_looks_are_read_once_they_are_due(self, lanes: LaneTable, runs: RunTable) -> None:
        """The one of `now` is due; the one a millisecond later is not."""
        first, second = queue_runs(runs, 2)
        for n, place in enumerate(lanes.backlog(LANE.id, 2)):
            assert claimed(lanes, stored(lanes), [place], f"{n:018x}", at=NOW + n, pace=PACE)
        due_at = NOW + PACE.deadline + PACE.margin
        assert lanes.watches(LANE.id, due_at - 1, 10) == []
        assert lanes.watches(LANE.id, due_at, 10) == [Watch(first, due_at)]
        assert lanes.watches(LANE.id, due_at + 1, 1) == [Watch(first, due_at)]
        assert lanes.watches(LANE.id, due_at + 1, 10)[1] == Watch(second, due_at + 1)


class TestClaiming:
    def test_a_claim_moves_the_runs_the_backlog_the_looks_and_the_window_together(
        self, lanes: LaneTable, runs: RunTable
    ) -> None:
        ids = queue_runs(runs, 3)
        places = lanes.backlog(LANE.id, 2)
        assert claimed(lanes, stored(lanes), places, CLAIM, at=NOW + 9, pace=PACE)
        watch_at = NOW + 9 + PACE.deadline + PACE.margin
        lane = stored(lanes).lane
        assert lane.last_claim == CLAIM
        assert lane.window.claimed == (ClaimedSlots(CLAIM, 2, NOW + 9 + PACE.claimed_hold),)
        assert [place.run_id for place in lanes.backlog(LANE.id, 10)] == ids[2:]
        assert lanes.watches(LANE.id, watch_at, 10) == [
            Watch(each, watch_at) for each in sorted(ids[:2], key=tail_of)
        ]
        for each in ids[:2]:
            found = runs.read(each)
            assert found is not None
            assert (found.run.status, found.run.claim) == (RunStatus.SUBMITTING, CLAIM)
            assert (found.run.attempts, found.run.watch_at) == (1, watch_at)

    def test_a_claim_takes_thirty_three_runs_in_one_transaction(
        self, lanes: LaneTable, runs: RunTable, table: DeceptiveTable
    ) -> None:
        """A hundred operations: the lane, and three a run."""
        queue_runs(runs, CLAIM_LIMIT + 1)
        before = table.commits
        assert CLAIM_LIMIT == 33
        places = lanes.backlog(LANE.id, CLAIM_LIMIT)
        assert claimed(lanes, stored(lanes), places, CLAIM, at=NOW, pace=PACE)
        assert table.commits == before + 1
        assert len(lanes.backlog(LANE.id, 100)) == 1

    def test_of_two_claims_on_one_reading_the_second_is_lost_and_changes_nothing(
        self, lanes: LaneTable, runs: RunTable, table: DeceptiveTable
    ) -> None:
        queue_runs(runs, 4)
        read_by_both, places = stored(lanes), lanes.backlog(LANE.id, 4)
        assert claimed(lanes, read_by_both, places[:2], CLAIM, at=NOW, pace=PACE)
        before = everything(table)
        assert not claimed(lanes, read_by_both, places[2:], OTHER_CLAIM, at=NOW, pace=PACE)
        assert everything(table) == before

    def test_a_run_that_was_cancelled_meanwhile_is_not_claimed(
        self, lanes: LaneTable, runs: RunTable, table: DeceptiveTable
    ) -> None:
        """The lane has not changed, but a place is gone: the others are not taken either."""
        first, _ = queue_runs(runs, 2)
        read, places = stored(lanes), lanes.backlog(LANE.id, 2)
        found = runs.read(first)
        assert found is not None
        runs.change(found, lambda run: cancel(run, at=NOW))
        before = everything(table)
        assert not claimed(lanes, read, places, CLAIM, at=NOW, pace=PACE)
        assert everything(table) == before

    @pytest.mark.parametrize("error", [CONFLICT, UNAVAILABLE], ids=lambda e: type(e).__name__)
    def test_a_claim_that_succeeded_is_known_as_ours_whatever_storage_says(
        self, lanes: LaneTable, runs: RunTable, table: DeceptiveTable, error: StorageError
    ) -> None:
        """The SDK repeats requests by itself: a conflict can be our own success."""
        queue_runs(runs, 1)
        table.errors = [error]
        assert claimed(
            lanes,
            stored(lanes),
            lanes.backlog(LANE.id, 1),
            CLAIM,
            at=NOW,
            pace=PACE,
        )
        assert lanes.backlog(LANE.id, 1) == []

    def test_it_is_known_also_when_another_claim_came_before_we_looked(
        self, lanes: LaneTable, runs: RunTable, table: DeceptiveTable
    ) -> None:
        """`last_claim` is the other's by then; the window still holds ours."""
        queue_runs(runs, 2)
        window = SubmissionWindow().take(CLAIM, 1, NOW, PACE).take(OTHER_CLAIM, 1, NOW, PACE)
        theirs = replace(LANE, window=window, last_claim=OTHER_CLAIM)

        def both_commit() -> None:
            lanes.change(LANE.id, lambda _: theirs)

        read, places = stored(lanes), lanes.backlog(LANE.id, 1)
        table.before = [both_commit]
        assert claimed(lanes, read, places, CLAIM, at=NOW, pace=PACE)

    @pytest.mark.parametrize("error", [CONFLICT, UNAVAILABLE], ids=lambda e: type(e).__name__)
    def test_a_claim_that_never_happened_is_lost(
        self, lanes: LaneTable, runs: RunTable, table: DeceptiveTable, error: StorageError
    ) -> None:
        queue_runs(runs, 1)
        before = everything(table)
        table.lost = [error]
        places = lanes.backlog(LANE.id, 1)
        assert not claimed(lanes, stored(lanes), places, CLAIM, at=NOW, pace=PACE)
        assert everything(table) == before


class TestChanging:
    def test_a_change_is_written(self, lanes: LaneTable) -> None:
        after = lanes.change(LANE.id, lambda lane: lane.wait(PAUSE))
        assert after == stored(lanes).lane == LANE.wait(PAUSE)

    def test_no_change_writes_nothing(self, lanes: LaneTable, table: DeceptiveTable) -> None:
        before = table.commits
        assert lanes.change(LANE.id, lambda lane: lane) == LANE
        assert table.commits == before

    def test_a_change_is_worked_out_again_on_what_came_between(
        self, lanes: LaneTable, table: DeceptiveTable
    ) -> None:
        table.before = [lambda: lanes.change(LANE.id, lambda lane: replace(lane, back_off=7))]
        lanes.change(LANE.id, lambda lane: lane.wait(PAUSE))
        assert stored(lanes).lane == replace(LANE, back_off=7).wait(PAUSE)

    def test_a_step_sees_its_own_success_when_storage_reports_a_conflict(
        self, lanes: LaneTable, table: DeceptiveTable
    ) -> None:
        """The SDK repeats requests by itself; a failure that is counted is counted once."""
        table.errors = [CONFLICT]
        after = lanes.change(LANE.id, lambda lane: lane.set_back(SETBACK, NOW))
        assert after == stored(lanes).lane == LANE.set_back(SETBACK, NOW)

    def test_a_lane_that_changes_without_end_is_given_up(
        self, lanes: LaneTable, table: DeceptiveTable
    ) -> None:
        table.lost = [ConflictError("412")] * 1_000
        with pytest.raises(StorageUnavailableError, match="changes too often"):
            lanes.change(LANE.id, lambda lane: lane.wait(PAUSE))

    def test_a_lane_that_is_gone_is_told(self, table: DeceptiveTable) -> None:
        with pytest.raises(StorageUnavailableError, match="is gone"):
            LaneTable(table).change(LANE.id, lambda lane: lane.wait(PAUSE))

    def test_the_lane_row_is_where_it_is_said_to_be(
        self, lanes: LaneTable, table: DeceptiveTable
    ) -> None:
        assert lanes.read(LANE.id) is not None
        assert table.get(LANE.id, rows.LANE_ROW) is not None

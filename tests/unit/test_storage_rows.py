"""Rows and their keys stand for the domain's values, both ways."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.identifiers import lane_of, tail_of
from shared.domain.lane import Lane
from shared.domain.pause import NO_PAUSE, Pause
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.window import ClaimedSlots, SubmissionWindow
from shared.storage import rows, run_parts, run_rows
from shared.storage.rows import Place, Watch
from shared.storage.table import Entity
from tests.support.runs import (
    CLAIM,
    LANE,
    NOW,
    RUN_ID,
    any_runs,
    instants,
    queued,
    run_ids,
    running,
    submitting,
    texts,
)

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True)
PROPERTY_CHARACTERS = 32 * 1024

windows = st.builds(
    SubmissionWindow,
    answered=st.lists(instants, max_size=5).map(tuple),
    claimed=st.lists(
        st.builds(ClaimedSlots, claim=texts, count=st.integers(1, 70), until=instants), max_size=3
    ).map(tuple),
)
pauses = st.one_of(
    st.just(NO_PAUSE),
    st.builds(
        Pause,
        until=instants.filter(bool),
        code=texts,
        message=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50),
        since=instants,
    ),
)
lanes = st.builds(
    Lane,
    id=st.just(LANE),
    environment=texts,
    connection=texts,
    window=windows,
    pause=pauses,
    stopped=pauses,
    ended=pauses,
    finder_until=instants,
    wake_at=instants,
    back_off=st.integers(0, 1_000_000),
    last_claim=texts,
)


def written(run: Run) -> Entity:
    return Entity(rows.run_row(run.id), run_rows.from_run(run))


class TestRuns:
    @EXAMPLES
    @given(run=any_runs)
    def test_a_run_reads_back_as_it_was_written(self, run: Run) -> None:
        assert run_rows.to_run(lane_of(run.id), written(run)) == run

    @EXAMPLES
    @given(run=any_runs)
    def test_a_run_is_written_in_types_that_storage_has(self, run: Run) -> None:
        for value in run_rows.from_run(run).values():
            assert isinstance(value, str | int | bool)
            assert isinstance(value, str) or -(2**31) <= value < 2**31

    def test_the_words_of_dataverse_are_kept_up_to_a_length(self) -> None:
        """A row with a longer property would never be written, and the run never end."""
        long = "\U0001f916" * 100_000
        error = RunError(code=long, message=long, details=long)
        run = run_rows.to_run(LANE, written(running(error=error, licence=long)))
        assert run.error is not None
        for text in (run.error.code, run.error.message, run.error.details, run.licence):
            assert text is not None
            assert len(text) == run_parts.TEXT_LIMIT
            assert len(text.encode("utf-16-le")) // 2 <= PROPERTY_CHARACTERS

    def test_half_a_surrogate_pair_does_not_keep_a_run_from_being_written(self) -> None:
        """Dataverse cuts its texts to a length, and may cut a character in two."""
        half = "cut \ud83e"
        error = RunError(code=half, message=half, details=half)
        run = run_rows.to_run(LANE, written(running(error=error, licence=half)))
        mended = "cut \N{REPLACEMENT CHARACTER}"
        assert run.error == RunError(code=mended, message=mended, details=mended)
        assert run.licence == mended

    @EXAMPLES
    @given(times=st.lists(st.integers(-(10**20), 10**20), min_size=6, max_size=6))
    def test_whatever_is_written_can_be_read(self, times: list[int]) -> None:
        """A run that was written and cannot be read again would never end, nor be removed."""
        created, due, changed, started, completed, watch = times
        run = running(
            created_at=created,
            due_at=due,
            changed_at=changed,
            started_at=started,
            completed_at=completed,
            watch_at=watch,
        )
        again = run_rows.to_run(LANE, written(run))
        assert run_rows.to_run(LANE, written(again)) == again
        place, look = rows.place_of(replace(run, status=RunStatus.QUEUED)), rows.watch_of(run)
        assert place is not None
        assert look is not None
        assert rows.place_from(LANE, Entity(place.row, {"Attempts": 1})) == place
        assert rows.watch_from(LANE, Entity(look.row, {})) == look
        assert {len(place.row), len(look.row) - len("watch") + len("due")} == {44}

    @pytest.mark.parametrize("written_before", ["1-01-01T00:00:00.000Z", "", "soon", "10000-01-01"])
    def test_a_run_that_an_earlier_version_wrote_so_that_it_could_not_be_read_is_read(
        self, written_before: str
    ) -> None:
        """Dataverse's 0001-01-01 stood in its row as a year of one digit."""
        properties = run_rows.from_run(running()) | {
            "StartedAt": written_before,
            "CompletedAt": written_before,
            "ChangedAt": written_before,
        }
        run = run_rows.to_run(LANE, Entity(rows.run_row(RUN_ID), properties))
        assert (run.started_at, run.completed_at) == (None, None)
        assert run == running(changed_at=run.created_at)

    def test_what_is_absent_has_no_property(self) -> None:
        """Storage has no null."""
        absent = {"FlowSessionId", "Claim", "WatchAt", "ErrorCode", "RunPriority", "Timeout"}
        assert absent.isdisjoint(run_rows.from_run(queued()))

    def test_a_claim_writes_what_it_changes_of_a_run_and_nothing_else(self) -> None:
        """It merges without having read the run; the rest of the row stays."""
        watch_at = NOW + 100_250
        due = rows.place_of(queued())
        assert due is not None
        changes = run_rows.claimed_properties(due, CLAIM, at=NOW, watch_at=watch_at)
        after = Entity(rows.run_row(RUN_ID), run_rows.from_run(queued()) | changes)
        assert run_rows.to_run(LANE, after) == submitting(watch_at=watch_at)

    def test_a_claim_counts_the_attempts_that_came_before(self) -> None:
        changes = run_rows.claimed_properties(Place(RUN_ID, NOW, 4), CLAIM, at=NOW, watch_at=NOW)
        assert changes["Attempts"] == 5


class TestLanes:
    def test_a_lane_of_an_earlier_version_is_read(self) -> None:
        """It said only until when it paused."""
        properties = rows.from_lane(Lane(LANE, "e", "c", pause=Pause(NOW)))
        for name in ("Pause", "Stopped", "Ended", "FinderUntil"):
            del properties[name]
        read = rows.to_lane(LANE, Entity(rows.LANE_ROW, properties))
        assert read == Lane(LANE, "e", "c", pause=Pause(NOW))

    def test_the_longest_reason_fits_into_its_property(self) -> None:
        """Others' words are cut, and hold nothing that storage refuses."""
        pause = Pause(NOW, "Code", "\x00\ud800x" * 100_000, NOW)
        properties = rows.from_lane(Lane(LANE, "e", "c", pause=pause))
        assert len(str(properties["Pause"])) <= PROPERTY_CHARACTERS
        assert "\x00" not in str(json.loads(str(properties["Pause"])))

    @EXAMPLES
    @given(lane=lanes)
    def test_a_lane_reads_back_as_it_was_written(self, lane: Lane) -> None:
        assert rows.to_lane(lane.id, Entity(rows.LANE_ROW, rows.from_lane(lane))) == lane

    @EXAMPLES
    @given(paused_until=st.integers(), wake_at=st.integers())
    def test_a_lane_can_be_read_whatever_its_times_became(
        self, paused_until: int, wake_at: int
    ) -> None:
        lane = Lane(LANE, "e", "c", SubmissionWindow(), Pause(paused_until), wake_at=wake_at)
        read = rows.to_lane(LANE, Entity(rows.LANE_ROW, rows.from_lane(lane)))
        assert rows.to_lane(LANE, Entity(rows.LANE_ROW, rows.from_lane(read))) == read

    def test_the_fullest_window_fits_into_its_property(self) -> None:
        """A thousand slots, each of another claim."""
        claimed = tuple(ClaimedSlots(f"{n:018x}", 1, NOW) for n in range(500))
        window = SubmissionWindow(answered=(NOW,) * 500, claimed=claimed)
        lane = Lane(LANE, "environment", "connection", window)
        assert len(str(rows.from_lane(lane)["Window"])) <= PROPERTY_CHARACTERS

    def test_a_window_is_readable_in_the_table(self) -> None:
        window = SubmissionWindow((NOW,), (ClaimedSlots(CLAIM, 2, NOW + 1),))
        properties = rows.from_lane(Lane(LANE, "environment", "connection", window))
        assert json.loads(str(properties["Window"])) == {
            "answered": [NOW],
            "claimed": [[CLAIM, 2, NOW + 1]],
        }


class TestPlaces:
    @EXAMPLES
    @given(run_id=run_ids, when=instants, attempts=st.integers(0, 100))
    def test_places_read_back_from_their_keys(self, run_id: str, when: int, attempts: int) -> None:
        due, watch = Place(run_id, when, attempts), Watch(run_id, when)
        lane_id = lane_of(run_id)
        assert rows.place_from(lane_id, Entity(due.row, {"Attempts": attempts})) == due
        assert rows.watch_from(lane_id, Entity(watch.row, {})) == watch

    @EXAMPLES
    @given(places=st.lists(st.tuples(instants, run_ids), min_size=2, max_size=2))
    def test_an_earlier_time_sorts_first(self, places: list[tuple[int, str]]) -> None:
        (early, first), (late, second) = sorted(places)
        if early != late:
            assert Place(first, early, 0).row < Place(second, late, 0).row
            assert Watch(first, early).row < Watch(second, late).row

    @pytest.mark.parametrize("status", RunStatus)
    def test_exactly_a_queued_run_has_a_place_in_the_backlog(self, status: RunStatus) -> None:
        place = rows.place_of(queued(status=status))
        assert (place is not None) == (status is RunStatus.QUEUED)

    @EXAMPLES
    @given(run_id=run_ids, when=instants)
    def test_a_range_holds_the_rows_of_its_kind_alone(self, run_id: str, when: int) -> None:
        keys = {
            "run": rows.run_row(run_id),
            "due": Place(run_id, when, 0).row,
            "watch": Watch(run_id, when).row,
            f"data:{tail_of(run_id)}:in": rows.input_row(run_id, 0),
            f"data:{tail_of(run_id)}:out": rows.output_row(run_id, 0),
        }
        for kind in keys:
            after, before = rows.range_of(kind)
            within = [other for other, key in keys.items() if after < key < before]
            assert within == [kind]
            assert not after < rows.LANE_ROW < before

    def test_chunks_sort_in_their_order(self) -> None:
        assert rows.input_row(RUN_ID, 9) < rows.input_row(RUN_ID, 10)
        assert replace(queued(), id=RUN_ID).id.endswith(rows.run_row(RUN_ID).removeprefix("run:"))

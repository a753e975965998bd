"""What a sweep notes beside the runs, and what Dataverse allows: each fails alone."""

from dataclasses import dataclass, field, replace

import pytest

from shared.domain.allowance import Allowance
from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id
from shared.domain.lane import Lane
from shared.domain.lane_stop import Stop
from shared.domain.queue_count import QueueCount
from shared.domain.shelf import Shelf
from shared.runtime import thread_crew
from shared.services.keep_states import KeepStates
from shared.services.note_allowance import NoteAllowance
from shared.services.rounds import survey
from shared.services.rounds.survey import Survey
from shared.storage.lane_states import LaneStates
from shared.storage.lanes import LaneTable
from shared.storage.last_sweep import LastSweep, LastSweepTable
from shared.storage.runs import RunTable
from shared.storage.table import Merge, StorageUnavailableError
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.runs import NOW, start_request
from tests.support.tables import DeceptiveTable

ENVIRONMENT = "org.crm.dynamics.com"
LANES = [Lane(lane_id(ENVIRONMENT, name), ENVIRONMENT, name) for name in ("a", "b", "c")]
DOWN = StorageUnavailableError("timed out")


@dataclass
class Queue:
    name: str
    messages: int | None = 0

    def count(self) -> int:
        if self.messages is None:
            raise StorageUnavailableError("queue storage: 503")
        return self.messages


@dataclass
class Dataverse:
    said: Allowance | None = None

    def allowance(self) -> Allowance | None:
        return self.said


@dataclass
class Bench:
    table: DeceptiveTable = field(default_factory=lambda: DeceptiveTable(SimulatedTable()))
    clock: HandClock = field(default_factory=HandClock)
    dataverse: Dataverse = field(default_factory=Dataverse)

    def __post_init__(self) -> None:
        self.states = LaneStates(self.table, ENVIRONMENT)
        self.last_sweep = LastSweepTable(self.table, ENVIRONMENT)
        self.allowance = NoteAllowance(self.dataverse, self.last_sweep, self.clock)
        keep_state = KeepStates(self.states, self.clock)
        self.survey = Survey(
            self.states, keep_state, self.last_sweep, self.allowance, self.clock, {}
        )
        self.lanes, self.runs = LaneTable(self.table), RunTable(self.table)
        for lane in LANES:
            self.lanes.ensure(lane, NOW)

    def queue(self, lane: Lane) -> None:
        self.runs.insert(run_id(lane.id, NOW, bytes(TAIL_RANDOM_BYTES)), start_request())

    def keep(self, *busy: Lane) -> None:
        with thread_crew(2) as crew:
            ids = self.lanes.ids()
            self.survey.keep_states(ids, {lane.id for lane in busy}, crew)

    def backlogs(self) -> list[int]:
        kept = self.states.kept()
        return [kept[lane.id].backlog.number for lane in LANES if lane.id in kept]


@pytest.fixture
def bench() -> Bench:
    return Bench()


class TestLanes:
    def test_those_that_nobody_has_seen_are_looked_at(self, bench: Bench) -> None:
        bench.queue(LANES[1])
        bench.keep()
        assert bench.backlogs() == [0, 1, 0]

    def test_an_idle_lane_is_left_alone_unless_something_is_found_in_it(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(survey, "IDLE", 0)
        bench.queue(LANES[1])
        bench.keep()
        bench.clock.at += 60_000
        bench.keep()
        kept = bench.states.kept()
        assert [kept[lane.id].as_of for lane in LANES] == [NOW, NOW + 60_000, NOW]
        bench.queue(LANES[0])
        bench.keep(LANES[0])
        assert bench.backlogs() == [1, 1, 0]

    def test_what_is_kept_of_an_idle_lane_is_put_right_though_nobody_uses_it(
        self, bench: Bench
    ) -> None:
        """It was paused, and whoever paused it died before he kept how it stands."""
        bench.keep()
        pause = Stop("month end").pause(NOW)
        bench.lanes.change(LANES[2].id, lambda lane: lane.stop(pause))
        assert not [state for state in bench.states.kept().values() if not state.idle]
        bench.keep()
        (waits,) = (state for state in bench.states.kept().values() if not state.idle)
        assert waits.lane.stopped == pause

    def test_a_lane_that_cannot_be_read_keeps_no_other_from_being_seen(self, bench: Bench) -> None:
        bench.table.commit(LANES[0].id, [Merge("lane", {"Window": "no JSON"})])
        bench.keep()
        assert set(bench.states.kept()) == {lane.id for lane in LANES[1:]}

    def test_what_cannot_be_kept_is_left_to_the_next_sweep(self, bench: Bench) -> None:
        bench.table.lost = [DOWN] * len(LANES)
        bench.keep()
        assert bench.states.kept() == {}
        bench.keep()
        assert len(bench.states.kept()) == 3

    def test_lanes_that_left_are_forgotten(self, bench: Bench) -> None:
        bench.keep()
        bench.states.forget_all_but({LANES[0].id})
        assert set(bench.states.kept()) == {LANES[0].id}


class TestKeepingOne:
    def test_who_works_a_lane_looks_at_it_now_and_then(self, bench: Bench) -> None:
        keep = KeepStates(bench.states, bench.clock)
        keep.now_and_then(LANES[0].id, bench.clock.monotonic())
        assert bench.backlogs() == [], "it has just begun"
        bench.clock.sleep(5)
        keep.now_and_then(LANES[0].id, bench.clock.monotonic() - 5)
        assert bench.states.kept()[LANES[0].id].as_of == NOW + 5_000
        bench.clock.sleep(4)
        keep.now_and_then(LANES[0].id)
        assert bench.states.kept()[LANES[0].id].as_of == NOW + 5_000
        keep(LANES[0].id)
        assert bench.states.kept()[LANES[0].id].as_of == NOW + 9_000

    def test_a_failure_stops_nobody(self, bench: Bench) -> None:
        bench.table.lost = [DOWN]
        KeepStates(bench.states, bench.clock)(LANES[0].id)
        assert bench.states.kept() == {}

    def test_a_lane_that_is_gone_is_not_kept(self, bench: Bench) -> None:
        KeepStates(bench.states, bench.clock)("v" * 16)
        assert bench.states.kept() == {}


class TestNoting:
    def test_what_was_never_noted_is_not_known(self, bench: Bench) -> None:
        assert bench.last_sweep.read() == LastSweep()

    def test_messages_are_counted_and_a_queue_that_cannot_be_read_hides_none(
        self, bench: Bench
    ) -> None:
        shelves = {
            Shelf.REJECTED: Queue("rejected", 3),
            Shelf.REQUESTS: Queue("unreachable", None),
            Shelf.WAKE_UPS: Queue("empty"),
            Shelf.NOTIFICATIONS: Queue("poison", 2),
        }
        replace(bench.survey, shelves=shelves).note()
        assert bench.last_sweep.read() == LastSweep(
            NOW, (QueueCount(Shelf.REJECTED, 3), QueueCount(Shelf.NOTIFICATIONS, 2))
        )

    def test_a_queue_that_cannot_be_counted_counts_as_it_did(self, bench: Bench) -> None:
        shelves = {Shelf.REJECTED: Queue("rejected", 3), Shelf.REQUESTS: Queue("poison", 2)}
        noting = replace(bench.survey, shelves=shelves)
        noting.note()
        shelves[Shelf.REQUESTS].messages = None
        shelves[Shelf.REJECTED].messages = 0
        noting.note()
        assert bench.last_sweep.read().messages == (QueueCount(Shelf.REQUESTS, 2),)

    def test_a_sweep_that_cannot_note_anything_is_done_all_the_same(self, bench: Bench) -> None:
        bench.table.lost = [DOWN]
        bench.survey.note()
        assert bench.last_sweep.read() == LastSweep()

    def test_what_dataverse_allows_is_noted_every_ten_seconds_at_most(self, bench: Bench) -> None:
        bench.allowance()
        assert bench.table.commits == 9, "there is nothing to tell"
        for said in (5_000, 4_000):
            bench.dataverse.said = Allowance(said, bench.clock.now())
            bench.allowance()
        assert bench.last_sweep.read().allowance == Allowance(5_000, NOW)
        bench.clock.sleep(10)
        bench.allowance()
        assert bench.last_sweep.read().allowance == Allowance(4_000, NOW)
        bench.clock.sleep(10)
        before = bench.table.commits
        bench.allowance()
        assert bench.table.commits == before, "nothing was said since"

    def test_a_sweep_notes_what_is_allowed_and_keeps_what_others_noted(self, bench: Bench) -> None:
        bench.dataverse.said = Allowance(5_000, NOW)
        bench.survey.note()
        assert bench.last_sweep.read() == LastSweep(NOW, (), Allowance(5_000, NOW))
        bench.clock.sleep(60)
        bench.survey.note()
        assert bench.last_sweep.read() == LastSweep(NOW + 60_000, (), Allowance(5_000, NOW))

    def test_an_environment_may_allow_more_than_is_documented(self) -> None:
        assert [Allowance(left, NOW).limit for left in (0, 6_000, 9_000)] == [6_000, 6_000, 9_000]

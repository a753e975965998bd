"""Looks at runs: few queries whatever is due, and one that fails stops no other."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
)
from shared.domain.announcements import end
from shared.domain.run import Run, RunStatus
from shared.domain.session import FlowSession, StatusCode
from shared.runtime import SystemClock, thread_crew
from shared.services.confirm import Asked
from shared.services.considerate import LONGEST_WAIT_MS, ConsiderateDataverse
from shared.services.look import SINGLE_READS, Look
from shared.services.poll import Poll
from shared.services.round import Round
from shared.storage.rows import WatchRow
from shared.storage.runs import StoredRun
from shared.storage.table import StorageUnavailableError
from tests.support.clocks import HandClock
from tests.support.runs import NOW, POLLING, running, submitting

NO_RIGHT = RefusedError(Answer(403, "0x80040220", "missing prvReadflowsession privilege"))
TOO_MANY = ThrottledError(Answer(429, "0x80072322", "too many"), 120.0)


@dataclass
class World:
    """Runs by their names, and Dataverse: what it is asked, and what it answers.

    A name's first letter says what the run is: `r`unning, `a`waiting, `e`nded. `hidden`: sessions
    that queries leave out, and what a read by itself gives.
    """

    clock: HandClock = field(default_factory=HandClock)
    runs: dict[str, Run] = field(default_factory=dict)
    queries: list[int] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    searched: list[int] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    hidden: dict[str, DataverseError | None] = field(default_factory=dict)
    failing: dict[str, Exception] = field(default_factory=dict)
    wait_until: int = 0
    quiet: bool = False

    # The table of runs
    def read(self, run_id: str) -> StoredRun:
        self._fail(f"read {run_id}")
        made: Any = {"r": running, "a": submitting, "e": _ended}[run_id[0]]
        run = self.runs.setdefault(run_id, made(id=run_id, flow_session_id=_session_of(run_id)))
        return StoredRun(run, "etag")

    def change(self, stored: StoredRun, step: Any) -> Run:
        run: Run = step(stored.run)
        self.runs[run.id] = run
        return run

    # Dataverse
    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        self.queries.append(len(ids))
        self._fail("sessions")
        return {
            each: FlowSession(each, StatusCode.RUNNING) for each in ids if each not in self.hidden
        }

    def session(self, session_id: str) -> FlowSession:
        self.reads.append(session_id)
        error = self.hidden[session_id]
        if error is not None:
            raise error
        return FlowSession(session_id, StatusCode.RUNNING)

    # What others do
    def record(self, stored: StoredRun, session: FlowSession, *, by: str) -> Run:
        assert by == "poll"
        self.recorded.append(session.id)
        return stored.run

    def missing(self, stored: StoredRun, session_id: str) -> None:
        assert stored.run.flow_session_id == session_id
        self.recorded.append(f"no {session_id}")

    def ask(self, runs: Sequence[Run]) -> dict[str, Asked]:
        self.searched.append(len(runs))
        return {run.id: Asked(NOW, ()) for run in runs}

    def confirm(self, stored: StoredRun, asked: Asked) -> None:
        assert asked.at == NOW
        self.confirmed.append(stored.run.id)
        self._fail(f"confirm {stored.run.id}")

    def announce(self, stored: StoredRun) -> None:
        self.announced.append(stored.run.id)
        self._fail(f"announce {stored.run.id}")

    def fall_quiet(self) -> None:
        self.quiet = True

    def asked_to_wait_until(self) -> int:
        return self.wait_until

    def ask_to_wait(self, until: int) -> None:
        self.wait_until = until

    def wake_soon(self, lane_id: str) -> None: ...

    def _fail(self, what: str) -> None:
        if what in self.failing:
            raise self.failing[what]

    def poll(self, *run_ids: str, seconds: float = 30) -> None:
        """Take a round of looks at these runs, as an instance that was not told anything yet."""
        whole = cast("Any", self)
        polled = ConsiderateDataverse(whole, whole, self.clock)
        record = _Record(self)
        look = Look(whole, polled, cast("Any", record), whole, self.clock, POLLING)
        confirm = _Callable(self.confirm, ask=self.ask)
        announce = _Announce(self)
        poll = Poll(whole, [], polled, look, cast("Any", confirm), cast("Any", announce))
        with thread_crew(4) as crew:
            poll.begin_round()
            poll(
                [WatchRow(each, NOW) for each in run_ids],
                Round(crew, SystemClock(), time.monotonic() + seconds),
            )


class _Record:
    def __init__(self, world: World) -> None:
        self.missing = world.missing
        self._record = world.record

    def __call__(self, *given: Any, **rest: Any) -> Run:
        return self._record(*given, **rest)


class _Callable:
    def __init__(self, call: Any, **methods: Any) -> None:
        self.call = call
        self.__dict__ |= methods

    def __call__(self, *given: Any) -> Any:
        return self.call(*given)


class _Announce:
    def __init__(self, world: World) -> None:
        self.world = world
        self.fall_quiet = world.fall_quiet

    @property
    def quiet(self) -> bool:
        return self.world.quiet

    def __call__(self, stored: StoredRun) -> None:
        self.world.announce(stored)


def _ended(id: str, **_: Any) -> Run:  # noqa: A002 - a run's own field
    return end(running(id=id), RunStatus.SUCCEEDED, at=NOW)


def _session_of(run_id: str) -> str | None:
    return f"session of {run_id}" if run_id[0] == "r" else None


def named(kind: str, count: int) -> list[str]:
    return [f"{kind}{number}" for number in range(count)]


@pytest.fixture
def world() -> World:
    return World()


def mixed(*groups: Iterable[str]) -> Iterator[str]:
    """Give one of each group in turn, for as long as there are any."""
    rest = [list(group) for group in groups]
    while any(rest):
        for group in rest:
            if group:
                yield group.pop(0)


def test_whatever_else_is_due_among_them_a_query_asks_for_a_hundred_sessions(world: World) -> None:
    """300 other looks among 2,000 sessions, and still 20 queries."""
    world.poll(*mixed(named("r", 2_000), named("a", 150), named("e", 150)))
    assert world.queries == [100] * 20
    assert len(world.recorded) == 2_000
    assert len(world.confirmed) == len(world.announced) == 150
    assert max(world.searched) <= 25


@pytest.mark.parametrize("error", [StorageUnavailableError("no answer"), ValueError("no such row")])
def test_a_run_that_cannot_be_read_does_not_stop_the_looks_at_others(
    world: World, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the longest due, and would come first in every round: nobody else's run would end."""
    world.failing["read r0"] = error
    with caplog.at_level(logging.WARNING):
        world.poll("r0", "r1", "a1")
    assert world.recorded == ["session of r1"]
    assert world.confirmed == ["a1"]
    assert "run.look_failed run_id='r0'" in caplog.text


@pytest.mark.parametrize(
    "error", [StorageUnavailableError("no answer"), OutcomeUnknownError("no answer")]
)
def test_a_run_that_cannot_be_confirmed_does_not_stop_the_polling(
    world: World, error: Exception
) -> None:
    world.failing["confirm a0"] = error
    world.poll(*named("a", 100), "r0")
    assert len(world.confirmed) == 100
    assert world.recorded == ["session of r0"]


def test_a_query_that_fails_does_not_stop_the_confirmations(world: World) -> None:
    world.failing["sessions"] = OutcomeUnknownError("502")
    world.poll(*named("r", 150), *named("a", 3))
    assert world.confirmed == named("a", 3)
    assert world.recorded == []


def test_a_round_whose_time_is_over_leaves_the_rest_due(world: World) -> None:
    world.poll(*named("r", 10), *named("a", 10), seconds=0)
    assert (world.queries, world.confirmed, world.runs) == ([], [], {})


class TestToldToWait:
    def test_nothing_more_is_asked_in_this_round_or_by_others_in_theirs(self, world: World) -> None:
        """Service protection counts all requests of the app's user."""
        world.failing["sessions"] = TOO_MANY
        world.poll(*named("r", 500), "a0", "e0")
        assert world.queries == [100]
        assert world.wait_until == world.clock.at + 120_000
        del world.failing["sessions"]
        world.clock.at += 119_999
        world.poll(*named("r", 500), "a0")
        assert world.queries == [100]
        world.clock.at += 1
        world.poll(*named("r", 500))
        assert world.queries == [100] * 6

    def test_a_confirmation_and_a_read_by_itself_are_heard_too(self, world: World) -> None:
        world.hidden = {"session of r0": TOO_MANY}
        world.poll("r0", *named("r", 300)[1:])
        assert world.queries == [100]
        assert world.wait_until > 0

    def test_ends_are_announced_all_the_same(self, world: World) -> None:
        world.wait_until = world.clock.at + 60_000
        world.poll("e0", "r0", "a0")
        assert (world.announced, world.queries, world.searched) == (["e0"], [], [])

    @pytest.mark.parametrize(
        ("asked", "waits"), [(None, 60_000), (1.0, 1_000), (1e9, LONGEST_WAIT_MS)]
    )
    def test_a_wait_is_bounded(self, world: World, asked: float | None, waits: int) -> None:
        world.failing["sessions"] = ThrottledError(Answer(429, "", ""), asked)
        world.poll("r0")
        assert world.wait_until == world.clock.at + waits

    def test_nobody_waits_for_ever_because_of_a_strange_row(self, world: World) -> None:
        world.wait_until = world.clock.at + 10 * LONGEST_WAIT_MS
        world.poll("r0")
        assert world.queries == []
        world.wait_until, world.clock.at = 0, world.clock.at + LONGEST_WAIT_MS
        world.poll("r0")
        assert world.queries == [1]


class TestSessionsThatAreNotShown:
    def test_one_that_is_gone_is_told_from_one_that_may_not_be_read(self, world: World) -> None:
        gone = NotFoundError(Answer(404, "0x80040217", "does not exist"))
        world.hidden = {"session of r0": gone, "session of r1": NO_RIGHT, "session of r2": None}
        world.poll("r0", "r1", "r2")
        assert sorted(world.recorded) == ["no session of r0", "session of r2"]
        told = world.runs["r1"]
        assert told.status is RunStatus.RUNNING
        assert told.error is not None
        assert (told.error.code, told.error.status) == ("FlowSessionUnreadable", 403)
        assert "prvReadflowsession" in told.error.message
        assert (told.polls, told.watch_at) == (1, world.clock.at + POLLING.wait(1))

    def test_where_none_may_be_read_each_run_tells_so(self, world: World) -> None:
        world.failing["sessions"] = NO_RIGHT
        world.poll(*named("r", 150))
        assert world.queries == [100, 50]
        codes = {run.error.code for run in world.runs.values() if run.error}
        assert codes == {"FlowSessionUnreadable"}
        assert all(run.error for run in world.runs.values())

    def test_a_round_reads_no_more_than_some_by_themselves(self, world: World) -> None:
        """The rest stays due; those that were told of come later each time."""
        ids = named("r", 3 * SINGLE_READS)
        world.hidden = {f"session of {each}": NO_RIGHT for each in ids}
        world.poll(*ids)
        assert len(world.reads) == SINGLE_READS
        assert sum(run.error is not None for run in world.runs.values()) == SINGLE_READS


class TestEnds:
    def test_while_queues_fail_the_round_has_better_to_do(self, world: World) -> None:
        """Each failure takes seconds: the first is the last for a while."""
        world.failing["announce e0"] = StorageUnavailableError("no answer")
        world.poll(*named("e", 300), "r0")
        assert len(world.announced) == 100
        assert world.quiet
        assert world.recorded == ["session of r0"]

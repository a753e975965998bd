"""Looks that callbacks share: when a query begins, whom it answers, and what its failure harms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.dataverse.errors import (
    Answer,
    AppRefusedError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
)
from shared.domain.session import FlowSession, StatusCode
from shared.services.following import shared_looks
from shared.services.following.seats import Hint
from shared.services.following.shared_looks import PATIENCE_SECONDS, SharedLooks
from shared.services.ports import Result
from shared.triggers.callback_tasks import LoopTasks
from tests.support.clocks import HandClock
from tests.support.loops import jumping, now

POISON = "poison"
SERVER_ERROR = OutcomeUnknownError("500", Answer(500, "0x80040216", "server error"))


class LoopClock(HandClock):
    def monotonic(self) -> float:
        return now()


class Aside(LoopTasks):
    """Does what blocks at once, in the time that it is said to take."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        super().__init__()
        self._seconds = seconds

    async def store(self, work: Callable[[], Result]) -> Result:
        return work()

    async def ask(self, work: Callable[[], Result]) -> Result:
        result: Result | Exception
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - told after the same time, like an answer
            result = error
        await asyncio.sleep(self._seconds())
        if isinstance(result, Exception):
            raise result
        return result


@dataclass
class Dataverse:
    """Shows each session but those `hidden` from queries; `times`: when each query began.

    `fails`: what is raised instead of an answer; a query that finds POISON fails by itself.
    `hangs`: whether one that finds it gets no answer for a minute.
    """

    seconds: float = 0.2
    hidden: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    fails: Exception | None = None
    hangs: bool = False
    queries: list[tuple[str, ...]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.looks = SharedLooks[str](self, LoopClock())
        self.tasks = Aside(self._takes)

    def __call__(self, ids: Sequence[str]) -> Mapping[str, FlowSession | None]:
        self.queries.append(tuple(ids))
        self.times.append(round(now(), 3))
        if self.fails is not None:
            raise self.fails
        if POISON in ids and not self.hangs:
            raise SERVER_ERROR
        if len(ids) == 1:
            return {ids[0]: None if ids[0] in self.gone else _session(ids[0])}
        return {each: _session(each) for each in ids if each not in self.hidden | self.gone}

    def _takes(self) -> float:
        return 60.0 if self.hangs and POISON in self.queries[-1] else self.seconds

    def comes(self, session_id: str, run_id: str = "run") -> asyncio.Task[str]:
        """Let a callback come now; give what came of it."""

        def then(session: FlowSession | None) -> str:
            self.done.append(session_id)
            return f"{session_id} {'seen' if session else 'gone'} at {now():.1f}"

        hint = Hint(run_id, session_id)
        return asyncio.create_task(self.looks(hint, then, self.tasks))

    def all_come(self, *ids: str) -> list[asyncio.Task[str]]:
        return [self.comes(each) for each in ids]


def _session(session_id: str) -> FlowSession:
    return FlowSession(session_id, StatusCode.SUCCEEDED)


def numbered(count: int) -> list[str]:
    return [f"s{number:03}" for number in range(count)]


async def came(tasks: Sequence[asyncio.Task[str]]) -> list[Any]:
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_the_first_goes_at_once_and_those_within_a_second_after_it_go_together() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        first = dataverse.comes("a")
        assert await first == "a seen at 0.2"
        others = dataverse.all_come("b", "c")
        await asyncio.sleep(0.5)
        others.append(dataverse.comes("d"))
        assert await came(others) == ["b seen at 1.2", "c seen at 1.2", "d seen at 1.2"]
        assert dataverse.queries == [("a",), ("b", "c", "d")]
        assert dataverse.times == [0.0, 1.0]

    jumping(work())


def test_after_a_quiet_second_the_next_goes_at_once_again() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        await dataverse.comes("a")
        await asyncio.sleep(5)
        assert await dataverse.comes("b") == "b seen at 5.4"

    jumping(work())


def test_ten_callbacks_a_second_cost_one_query_a_second() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        tasks = []
        for number in range(600):
            tasks.append(dataverse.comes(f"s{number}"))
            await asyncio.sleep(0.1)
        assert all("seen" in each for each in await came(tasks))
        assert len(dataverse.queries) <= 61
        assert len(dataverse.done) == 600

    jumping(work())


def test_a_query_that_is_full_waits_for_no_second() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        await dataverse.comes("a")
        tasks = dataverse.all_come(*numbered(250))
        await came(tasks)
        assert [len(each) for each in dataverse.queries] == [1, 100, 100, 50]
        assert dataverse.times == pytest.approx([0.0, 0.2, 0.4, 1.4])

    jumping(work())


def test_it_is_full_as_soon_as_a_hundred_have_come() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        await dataverse.comes("a")
        tasks = dataverse.all_come(*numbered(99))
        await asyncio.sleep(0.2)
        tasks.append(dataverse.comes("the hundredth"))
        await came(tasks)
        assert dataverse.times == pytest.approx([0.0, 0.4])

    jumping(work())


def test_who_comes_while_a_query_is_under_way_is_not_answered_by_it() -> None:
    """What it shows may be older than what the callback tells of."""

    async def work() -> None:
        dataverse = Dataverse(seconds=2.0)
        first = dataverse.comes("a")
        await asyncio.sleep(1.5)
        second = dataverse.comes("a")
        assert await came([first, second]) == ["a seen at 2.0", "a seen at 4.0"]
        assert dataverse.queries == [("a",), ("a",)]

    jumping(work())


def test_what_comes_often_before_its_look_is_done_once_and_told_to_each() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        await dataverse.comes("before")
        told = await came([dataverse.comes("a") for _ in range(20)])
        assert set(told) == {"a seen at 1.2"}
        assert dataverse.done == ["before", "a"]

    jumping(work())


def test_a_session_that_two_runs_are_told_of_is_asked_for_once_and_seen_for_each() -> None:
    """Whose it is, its row says: that is for whoever records it."""

    async def work() -> None:
        dataverse = Dataverse()
        await dataverse.comes("before")
        await came([dataverse.comes("a", "run 1"), dataverse.comes("a", "run 2")])
        assert dataverse.queries == [("before",), ("a",)]
        assert dataverse.done == ["before", "a", "a"]

    jumping(work())


def test_one_session_that_fails_every_query_harms_no_other() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        await dataverse.comes("before")
        tasks = dataverse.all_come(*numbered(63), POISON, *numbered(99)[63:])
        told = await came(tasks)
        assert told.count(SERVER_ERROR) == 1
        assert told[63] is SERVER_ERROR
        assert sum("seen" in str(each) for each in told) == 99
        assert len(dataverse.queries) <= 1 + 15
        assert now() < 1 + 15 * 0.2

    jumping(work())


def test_while_the_fault_is_being_found_others_are_looked_at() -> None:
    async def work() -> None:
        dataverse = Dataverse(seconds=1.0)
        tasks = dataverse.all_come(*numbered(99), POISON)
        await asyncio.sleep(1.5)
        assert await dataverse.comes("later") == "later seen at 2.5"
        assert not all(task.done() for task in tasks)
        await came(tasks)

    jumping(work())


def test_an_outage_costs_few_queries_and_then_one_a_second() -> None:
    async def work() -> None:
        dataverse = Dataverse(fails=SERVER_ERROR)
        told = await came(dataverse.all_come(*numbered(100)))
        assert told == [SERVER_ERROR] * 100
        assert len(dataverse.queries) <= 5
        dataverse.queries.clear()
        for _ in range(10):
            await came(dataverse.all_come(*numbered(50)))
        assert len(dataverse.queries) == 10
        dataverse.fails = None
        told = await came(dataverse.all_come(*numbered(50)))
        assert sum("seen" in each for each in told) == 50

    jumping(work())


@pytest.mark.parametrize(
    "error",
    [
        ThrottledError(Answer(429, "0x80072322", "too many requests"), 5.0),
        AppRefusedError(Answer(401, "", "no such app")),
        RefusedError(Answer(403, "0x80040220", "no right to read")),
        NotSentError("no address"),
        ValueError("a defect"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_sessions_fault_is_told_to_all_after_one_query(error: Exception) -> None:
    async def work() -> None:
        dataverse = Dataverse(fails=error)
        assert await came(dataverse.all_come(*numbered(100))) == [error] * 100
        assert len(dataverse.queries) == 1
        dataverse.fails = None
        assert "seen" in await dataverse.comes("and the next is looked at")

    jumping(work())


def test_what_a_query_leaves_out_is_looked_at_alone_a_few_side_by_side() -> None:
    """It leaves out what may not be read, and rows that cannot be; only a look alone tells."""

    async def work() -> None:
        hidden = numbered(10)
        dataverse = Dataverse(hidden=frozenset(hidden), gone=frozenset({"gone"}))
        told = await came(dataverse.all_come(*hidden, "gone", "shown"))
        assert [each.partition(" at ")[0] for each in told] == [
            *(f"{each} seen" for each in hidden),
            "gone gone",
            "shown seen",
        ]
        alone = [
            at for ids, at in zip(dataverse.queries, dataverse.times, strict=True) if ids[1:] == ()
        ]
        assert max(alone.count(at) for at in alone) == shared_looks.ALONE_SIDE_BY_SIDE
        assert told[-1] == "shown seen at 0.2"

    jumping(work())


def test_a_query_that_hangs_keeps_nobody_waiting_who_comes_later() -> None:
    """And those who were asked for with the one that it hangs on are asked for without it."""

    async def work() -> None:
        dataverse = Dataverse(hangs=True)
        tasks = dataverse.all_come("a", "b", "c", POISON)
        await asyncio.sleep(0.5)
        later = dataverse.comes("later")
        assert await later == f"later seen at {PATIENCE_SECONDS + 0.2:.1f}"
        assert (await came(tasks[:2])) == [
            f"{each} seen at {PATIENCE_SECONDS + 0.2:.1f}" for each in "ab"
        ]
        for task in tasks:
            task.cancel()

    jumping(work())


def test_a_slow_answer_is_told_when_it_comes() -> None:
    async def work() -> None:
        dataverse = Dataverse(seconds=5.0)
        assert await dataverse.comes("a") == "a seen at 5.0"

    jumping(work())


def test_nobody_is_asked_for_who_has_stopped_waiting() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        await dataverse.comes("a")
        gone, stays = dataverse.all_come("b", "c")
        await asyncio.sleep(0.1)
        gone.cancel()
        assert "seen" in await stays
        assert dataverse.queries == [("a",), ("c",)]

    jumping(work())


def test_a_look_goes_on_for_whoever_waits_though_who_came_first_has_left() -> None:
    async def work() -> None:
        dataverse = Dataverse()
        first = dataverse.comes("a")
        await asyncio.sleep(0.1)
        second = dataverse.comes("b")
        first.cancel()
        assert await second == "b seen at 1.2"
        assert dataverse.done == ["a", "b"], "what was seen is recorded all the same"

    jumping(work())


def test_what_is_done_about_a_session_may_fail_alone() -> None:
    async def work() -> None:
        dataverse = Dataverse()

        def fails(_: FlowSession | None) -> str:
            raise ValueError(_)

        failing = asyncio.create_task(dataverse.looks(Hint("run", "a"), fails, dataverse.tasks))
        told = await came([failing, dataverse.comes("b")])
        assert isinstance(told[0], ValueError)
        assert "b seen" in told[1]

    jumping(work())


def test_looks_go_on_in_another_loop_than_the_one_that_ended_in_the_midst_of_them() -> None:
    dataverse = Dataverse()

    async def leaves() -> None:
        dataverse.comes("a")
        await asyncio.sleep(0.1)

    async def stays() -> None:
        assert "seen" in await dataverse.comes("b")

    jumping(leaves())
    jumping(stays())

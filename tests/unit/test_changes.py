"""Waiting for a run's change: at once when it comes, one read a round for all, and bounded."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from shared.domain.run import Run, RunStatus
from shared.domain.run.stage import stage_of
from shared.services.reading.changes import FIRST_SECONDS, LAST_SECONDS, WAITING_LIMIT, Changes
from shared.storage.runs import StoredRun
from shared.storage.table import StorageUnavailableError, UnreadableRowError
from tests.support.loops import jumping, now
from tests.support.runs import queued, running

ENDED = running(status=RunStatus.SUCCEEDED)


@dataclass
class Storage:
    """Runs that change at a time, by their ids; how often each was read, and when."""

    changes: list[tuple[float, Run | Exception | None]] = field(default_factory=list)
    reads: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    async def read(self, run: Run) -> Run | None:
        self.reads[run.id] += 1
        self.times.append(now())
        await asyncio.sleep(0.01)
        known: Run | Exception | None = run
        for at, change in self.changes:
            known = change if at <= now() else known
        if isinstance(known, Exception):
            raise known
        return known


def waits(
    changes: Changes, storage: Storage, run: Run, seconds: float
) -> asyncio.Task[tuple[Run | None, float]]:
    """Wait as a caller does; give the run as it was seen last, and when that was told."""

    async def wait() -> tuple[Run | None, float]:
        stage = stage_of(run)
        changed = lambda each: stage_of(each) != stage  # noqa: E731 - a name for what is said
        found = await changes.until(run, changed, seconds, lambda: storage.read(run))
        return found, now()

    return asyncio.create_task(wait())


def test_a_run_that_changes_is_told_within_a_round() -> None:
    async def work() -> None:
        storage = Storage([(20.0, running())])
        found, at = await waits(Changes(), storage, queued(), 30)
        assert found == running()
        assert 20.0 < at <= 20.0 + LAST_SECONDS + 0.1

    jumping(work())


def test_a_run_that_changes_at_once_is_told_at_once() -> None:
    async def work() -> None:
        _, at = await waits(Changes(), Storage([(0.1, running())]), queued(), 30)
        assert at < 0.3

    jumping(work())


def test_when_time_is_up_a_run_is_told_as_it_was_seen_last() -> None:
    async def work() -> None:
        moved = replace(queued(), polls=3)
        found, at = await waits(Changes(), Storage([(5.0, moved)]), queued(), 30)
        assert (found, at) == (moved, 30.0)

    jumping(work())


def test_rounds_grow_from_a_fourth_of_a_second_to_two() -> None:
    async def work() -> None:
        storage = Storage()
        await waits(Changes(), storage, queued(), 60)
        gaps = [round(after - before, 3) for before, after in pairwise(storage.times)]
        assert storage.times[0] == FIRST_SECONDS == 0.25
        assert gaps == sorted(gaps)
        assert gaps[-1] == pytest.approx(LAST_SECONDS + 0.01)
        assert LAST_SECONDS == 2.0
        assert len(storage.times) < 40, "some thirty requests a minute"

    jumping(work())


def test_two_hundred_who_wait_for_one_run_cost_one_read_a_round_and_hear_of_it_together() -> None:
    async def work() -> None:
        storage = Storage([(30.0, running())])
        changes = Changes()
        tasks = [waits(changes, storage, queued(), 60) for _ in range(200)]
        told = await asyncio.gather(*tasks)
        assert {at for _, at in told} == {told[0][1]}
        assert storage.reads.total() < 20 + 2

    jumping(work())


def test_who_comes_later_joins_the_rounds_of_those_who_wait() -> None:
    async def work() -> None:
        storage, changes = Storage(), Changes()
        first = waits(changes, storage, queued(), 20)
        await asyncio.sleep(10)
        before = storage.reads.total()
        second = waits(changes, storage, queued(), 20)
        assert (await first)[1] == 20.0
        assert (await second)[1] == 30.0
        assert storage.reads.total() - before <= 11

    jumping(work())


def test_nobody_reads_a_run_that_nobody_waits_for_any_more() -> None:
    async def work() -> None:
        storage, changes = Storage(), Changes()
        await waits(changes, storage, queued(), 5)
        before = storage.reads.total()
        await asyncio.sleep(60)
        assert storage.reads.total() == before
        assert asyncio.all_tasks() == {asyncio.current_task()}

    jumping(work())


def test_runs_are_waited_for_apart() -> None:
    async def work() -> None:
        other = replace(queued(), id=queued().id[:-1] + "1")
        changes = Changes()
        one = waits(changes, Storage([(3.0, running())]), queued(), 30)
        two = waits(changes, Storage(), other, 30)
        assert (await one)[1] < 6
        assert (await two)[1] == 30.0

    jumping(work())


def test_a_run_that_ends_in_this_process_is_told_at_once_from_whatever_thread() -> None:
    """The callback, and the sweep, record an end in threads of their own."""

    async def work() -> None:
        changes, storage = Changes(), Storage()
        task = waits(changes, storage, running(), 30)
        await asyncio.sleep(20.5)
        storage.changes.append((now(), ENDED))
        thread = threading.Thread(target=changes.ended, args=(StoredRun(ENDED, "1"),))
        thread.start()
        thread.join()
        found, at = await task
        assert found == ENDED
        assert at == pytest.approx(20.5, abs=0.05)

    jumping(work())


def test_an_end_that_nobody_waits_for_is_nobodys_business() -> None:
    changes = Changes()
    changes.ended(StoredRun(ENDED, "1"))

    async def work() -> None:
        await waits(changes, Storage(), running(), 1)
        changes.ended(StoredRun(ENDED, "1"))

    jumping(work())
    changes.ended(StoredRun(ENDED, "1"))


def test_storage_that_cannot_be_reached_for_a_while_ends_no_wait() -> None:
    async def work() -> None:
        away = StorageUnavailableError("away")
        storage = Storage([(1.0, away), (10.0, running())])
        found, at = await waits(Changes(), storage, queued(), 30)
        assert found == running()
        assert 10.0 < at < 12.5

    jumping(work())


@pytest.mark.parametrize("error", [UnreadableRowError("no status"), ValueError("a defect")])
def test_what_does_not_pass_is_told_to_all_who_wait(error: Exception) -> None:
    async def work() -> None:
        changes, storage = Changes(), Storage([(1.0, error)])
        tasks = [waits(changes, storage, queued(), 30) for _ in range(3)]
        told = await asyncio.gather(*tasks, return_exceptions=True)
        assert told == [error] * 3
        assert now() < 3
        assert (await waits(changes, Storage(), queued(), 30))[1] > 30, "and others may wait again"

    jumping(work())


def test_a_run_that_is_removed_meanwhile_is_told_as_gone() -> None:
    async def work() -> None:
        found, at = await waits(Changes(), Storage([(3.0, None)]), queued(), 30)
        assert found is None
        assert at < 6

    jumping(work())


def test_beyond_a_bound_time_is_up_at_once_until_somebody_leaves() -> None:
    async def work() -> None:
        changes, storage = Changes(), Storage()
        tasks = [waits(changes, storage, queued(), 30) for _ in range(WAITING_LIMIT)]
        await asyncio.sleep(1)
        found, at = await waits(changes, storage, queued(), 30)
        assert (found, at) == (queued(), 1.0)
        tasks.pop().cancel()
        await asyncio.sleep(0)
        assert (await waits(changes, storage, queued(), 5))[1] == 6.0
        await asyncio.gather(*tasks)
        assert WAITING_LIMIT == 500

    jumping(work())


def test_a_caller_who_is_gone_holds_up_nobody() -> None:
    async def work() -> None:
        changes, storage = Changes(), Storage([(9.0, running())])
        gone, stays = (waits(changes, storage, queued(), 30) for _ in range(2))
        await asyncio.sleep(2)
        gone.cancel()
        assert (await stays)[0] == running()

    jumping(work())

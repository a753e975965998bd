"""Following a run: what its caller holds already is not told again, and he may wait for more."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.host.invocation_ids import thread_local
from shared.domain.identifiers import TAIL_RANDOM_BYTES, run_id
from shared.domain.run import Run, RunStatus
from shared.invocation import carried
from shared.storage.runs import RunTable, StoredRun
from shared.triggers.reads import THREADS, ReadingThreads
from tests.support.following import Following, told
from tests.support.loops import jumping, now
from tests.support.runs import CLAIM, LANE, NOW, PACE, RUN_ID

WAITING = 200


@pytest.fixture
def app() -> Following:
    made = Following()
    made.start()
    return made


def get(app: Following, **given: str | int) -> func.HttpResponse:
    return jumping(app.get(**given))  # type: ignore[arg-type]  # by name


class TestTags:
    def test_a_run_is_told_with_a_tag_and_when_to_look_again(self, app: Following) -> None:
        answer = get(app)
        assert told(answer)["status"] == "Queued"
        assert answer.headers["ETag"].startswith('"')
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', "*"])
    def test_who_holds_it_is_told_that_it_is_the_same(self, app: Following, form: str) -> None:
        first = get(app)
        answer = get(app, tag=form.format(first.headers["ETag"]))
        assert (answer.status_code, answer.get_body()) == (304, b"")
        for name in ("ETag", "Retry-After", "Cache-Control"):
            assert answer.headers[name] == first.headers[name]

    def test_a_run_that_has_changed_is_told(self, app: Following) -> None:
        tag = get(app).headers["ETag"]
        app.submit()
        assert told(get(app, tag=tag))["status"] == "Running"

    def test_a_place_that_has_changed_is_told_too(self, app: Following) -> None:
        tag = get(app).headers["ETag"]
        app.start(run_id(LANE, NOW - 1, bytes(TAIL_RANDOM_BYTES)))
        answer = get(app, tag=tag)
        assert told(answer)["place"] == 1

    def test_a_run_that_has_ended_is_told_once_and_needs_no_look(self, app: Following) -> None:
        app.submit()
        app.end()
        answer = get(app)
        assert "Retry-After" not in answer.headers
        again = get(app, tag=answer.headers["ETag"])
        assert again.status_code == 304
        assert "Retry-After" not in again.headers

    def test_there_is_no_tag_of_what_is_not_there(self, app: Following) -> None:
        answer = get(app, run_id="nonsense", tag="*", wait=60)
        assert answer.status_code == 404
        assert "ETag" not in answer.headers


class TestWaiting:
    @pytest.mark.parametrize("wait", ["61", "-1", "1.5", "a", "99", "٣", "030", "1e1"])
    def test_seconds_that_are_none_are_refused(self, app: Following, wait: str) -> None:
        answer = get(app, wait=wait)
        assert answer.status_code == 400
        error = json.loads(answer.get_body())["error"]
        assert error["target"] == "wait"
        assert "from 0 to 60" in error["details"][0]["message"]

    @pytest.mark.parametrize(("wait", "took"), [(None, 0), (0, 0), (1, 1), (30, 30), (60, 60)])
    def test_a_run_that_does_not_change_is_told_when_time_is_up(
        self, app: Following, wait: int | None, took: int
    ) -> None:
        async def work() -> None:
            assert told(await app.get(wait=wait))["status"] == "Queued"
            assert now() == took

        jumping(work())

    def test_it_is_told_as_soon_as_its_state_changes(self, app: Following) -> None:
        async def work() -> None:
            asyncio.get_running_loop().call_later(10, app.submit)
            assert told(await app.get(wait=30))["status"] == "Running"
            assert 10 < now() <= 12

        jumping(work())

    def test_an_end_in_this_process_is_told_at_once(self, app: Following) -> None:
        async def work() -> None:
            app.submit()
            asyncio.get_running_loop().call_later(17.1, app.end)
            assert told(await app.get(wait=30))["status"] == "Succeeded"
            assert now() == pytest.approx(17.1)

        jumping(work())

    def test_a_run_that_has_ended_is_told_at_once(self, app: Following) -> None:
        app.submit()
        app.end()

        async def work() -> None:
            tag = (await app.get(wait=60)).headers["ETag"]
            assert (await app.get(wait=60, tag=tag)).status_code == 304
            assert now() == 0

        jumping(work())

    def test_who_knows_an_earlier_state_is_told_at_once(self, app: Following) -> None:
        async def work() -> None:
            tag = (await app.get()).headers["ETag"]
            app.submit()
            assert told(await app.get(wait=60, tag=tag))["status"] == "Running"
            assert now() == 0

        jumping(work())

    def test_another_place_alone_ends_no_wait_but_is_told_when_time_is_up(
        self, app: Following
    ) -> None:
        async def work() -> None:
            tag = (await app.get()).headers["ETag"]
            app.start(run_id(LANE, NOW - 1, bytes(TAIL_RANDOM_BYTES)))
            answer = await app.get(wait=30, tag=tag)
            assert (told(answer)["place"], now()) == (1, 30)
            again = await app.get(wait=30, tag=answer.headers["ETag"])
            assert (again.status_code, now()) == (304, 60)

        jumping(work())

    def test_a_submission_under_way_ends_no_wait(self, app: Following) -> None:
        """It would cost each caller a call, and tells him nothing that he could use."""

        async def work() -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(3, app.change, RUN_ID, claimed)
            loop.call_later(5, app.submit)
            assert told(await app.get(wait=30))["status"] == "Running"

        jumping(work())

    def test_what_somebody_has_to_decide_ends_a_wait(self, app: Following) -> None:
        async def work() -> None:
            app.change(RUN_ID, claimed)
            app.change(RUN_ID, lambda run: replace(run, status=RunStatus.UNCONFIRMED))
            asyncio.get_running_loop().call_later(
                9, app.change, RUN_ID, lambda run: replace(run, needs_operator_at=NOW)
            )
            assert told(await app.get(wait=60))["needsOperator"]
            assert now() <= 11

        jumping(work())


def claimed(run: Run) -> Run:
    return replace(
        run, status=RunStatus.SUBMITTING, claim=CLAIM, claimed_at=NOW, watch_at=NOW + PACE.deadline
    )


@settings(deadline=None, max_examples=50)
@given(
    submitted_after=st.floats(0.05, 20, allow_nan=False),
    asked_after=st.floats(0, 5, allow_nan=False),
    worked_for=st.floats(30, 60, allow_nan=False),
)
def test_a_run_of_a_minute_costs_four_calls_from_its_start_to_its_end(
    submitted_after: float, asked_after: float, worked_for: float
) -> None:
    """One to start it, and at most three that wait, whenever they come."""

    async def work() -> None:
        app, loop = Following(), asyncio.get_running_loop()
        app.calls += 1  # the start
        app.start()
        loop.call_later(submitted_after / 2, app.change, RUN_ID, claimed)
        loop.call_later(submitted_after, app.submit)
        loop.call_later(submitted_after + worked_for, app.end)
        await asyncio.sleep(asked_after)
        tag = None
        while True:
            answer = await app.get(wait=60, tag=tag)
            if answer.status_code == 200 and told(answer)["status"] == "Succeeded":
                break
            tag = answer.headers["ETag"]
        assert app.calls <= 4
        assert now() <= max(submitted_after + worked_for, asked_after) + 0.1

    jumping(work())


def test_a_round_is_made_for_one_who_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure's host throws away what is logged for an invocation that is over."""
    seen: list[tuple[float, str | None]] = []
    read = RunTable.read

    def noting(table: RunTable, wanted: str) -> StoredRun | None:
        seen.append((now(), getattr(thread_local, "invocation_id", None)))
        return read(table, wanted)

    async def carrying(work: Callable[[], Any]) -> Any:
        return carried(work)()

    async def work() -> None:
        app = Following(carrying)
        app.start()
        monkeypatch.setattr(RunTable, "read", noting)
        first = asyncio.create_task(app.get(wait=5, invocation="first"))
        second = asyncio.create_task(app.get(wait=15, invocation="second"))
        await asyncio.gather(first, second)

    jumping(work())
    assert {who for at, who in seen if 0 < at < 5} == {"first"}
    assert {who for at, who in seen if at > 5} == {"second"}


def test_two_hundred_who_wait_hold_no_thread() -> None:
    """Neither the worker's nor the app's own: those for reading are few, and idle meanwhile."""
    app = Following(ReadingThreads())
    ids = [run_id(LANE, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(WAITING)]
    for each in ids:
        app.start(each)
    before = threading.active_count()
    most = 0

    async def work() -> None:
        nonlocal most
        tasks = [asyncio.create_task(app.get(each, wait=60)) for each in ids]
        while app.changes.waiting < WAITING:
            await asyncio.sleep(0.01)
            most = max(most, threading.active_count())
        # All of them wait, and there is room for anybody else who has to read.
        assert told(await app.get(ids[0]))["status"] == "Queued"
        for number, each in enumerate(ids):
            app.submit(each, f"session {number}")
            app.change(each, lambda run: replace(run, status=RunStatus.CANCELLED))
        answers = await asyncio.gather(*tasks)
        assert {told(answer)["status"] for answer in answers} == {"Cancelled"}

    asyncio.run(work())
    assert most - before <= THREADS
    assert app.changes.waiting == 0


def test_the_function_is_one_that_the_worker_awaits() -> None:
    """It looks at the function itself: a wrapper that is none would take a thread."""
    assert inspect.iscoroutinefunction(Following()._get_run)

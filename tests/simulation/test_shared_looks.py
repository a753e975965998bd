"""Callbacks that share looks: one query for all, which may fail, stand still or come too early."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.dataverse.errors import Answer, DataverseError, NotSentError, ThrottledError
from shared.domain.run import Run, RunStatus
from shared.domain.session import THROTTLED, FlowSession, StatusCode
from shared.services.following.callback import CallbackOutcome
from shared.triggers.provider import Services
from tests.simulation import race_parts as parts
from tests.simulation.bench import Bench
from tests.simulation.hearing import hear, hear_all
from tests.simulation.remote_dataverse import RemoteDataverse

Hint = tuple[str, str]

TOKENS = ("a", "b", "c")


@dataclass
class Queries:
    """The ids of each query that leaves the app; `fails`: raised instead of an answer."""

    seen: list[tuple[str, ...]] = field(default_factory=list)
    fails: Exception | None = None

    def note(self, ids: Sequence[str]) -> None:
        self.seen.append(tuple(ids))
        if self.fails is not None:
            raise self.fails


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> Queries:
    noted = Queries()
    one, many = RemoteDataverse.session, RemoteDataverse.sessions

    def session(self: RemoteDataverse, session_id: str) -> FlowSession:
        noted.note([session_id])
        return one(self, session_id)

    def sessions(self: RemoteDataverse, ids: Sequence[str]) -> dict[str, FlowSession]:
        noted.note(ids)
        return many(self, ids)

    monkeypatch.setattr(RemoteDataverse, "session", session)
    monkeypatch.setattr(RemoteDataverse, "sessions", sessions)
    return noted


def at_work(bench: Bench) -> list[Run]:
    """Give the runs of TOKENS, whose robots work."""
    runs = [bench.start(token) for token in TOKENS]
    bench.do(lambda services: services.dispatch(bench.lane))
    return [bench.stored(run).run for run in runs]


def ended(bench: Bench) -> list[Hint]:
    """Give the hints of runs whose robots are done."""
    runs = at_work(bench)
    for run in runs:
        bench.end(session_of(bench, run), StatusCode.SUCCEEDED, None)
    return [hint(run) for run in runs]


def session_of(bench: Bench, run: Run) -> Any:
    return bench.world.dataverse.sessions[run.flow_session_id or ""]


def hint(run: Run) -> Hint:
    return run.id, run.flow_session_id or ""


def all_of(*hints: Hint) -> Callable[[Services], list[CallbackOutcome | Exception]]:
    return lambda services: hear_all(services, *hints)


def test_callbacks_of_a_moment_share_a_query(queries: Queries) -> None:
    bench = Bench()
    first, second, third = ended(bench)
    assert bench.do(all_of(first, second, third)) == [CallbackOutcome.RECORDED] * 3
    assert len(queries.seen) <= 2
    assert sorted(each for ids in queries.seen for each in ids) == sorted(
        session for _, session in (first, second, third)
    )


def test_one_that_comes_alone_waits_for_nobody(queries: Queries) -> None:
    bench = Bench()
    first, *_ = ended(bench)
    before = bench.now
    assert bench.do(all_of(first)) == [CallbackOutcome.RECORDED]
    assert queries.seen == [(first[1],)]
    assert bench.now - before < 1_000


def test_a_look_that_began_before_a_callback_came_does_not_answer_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It shows the session at work: the end would be found at its next look, minutes later."""
    bench = Bench()
    run = at_work(bench)[0]
    scheduler, process = bench.world.scheduler, bench.instance.process
    look, second = RemoteDataverse.session, list[CallbackOutcome]()

    def overtaken(self: RemoteDataverse, session_id: str) -> FlowSession:
        seen = look(self, session_id)
        if not seen.finished:
            bench.end(session_of(bench, run), StatusCode.SUCCEEDED, None)
            services = bench.instance.services
            scheduler.spawn(process, lambda: second.append(hear(services, *hint(run))))
            scheduler.sleep(process, 400)  # the answer is on its way
        return seen

    monkeypatch.setattr(RemoteDataverse, "session", overtaken)
    assert bench.do(lambda services: hear(services, *hint(run))) is CallbackOutcome.NOT_FINISHED
    bench.wait(5_000)
    assert second == [CallbackOutcome.RECORDED]
    assert bench.stored(run).run.status is RunStatus.SUCCEEDED


def test_one_that_comes_often_in_a_moment_is_recorded_once(
    queries: Queries, caplog: pytest.LogCaptureFixture
) -> None:
    """A session that was throttled has its lane pause once for it, and not once a callback."""
    caplog.set_level(logging.INFO)
    bench = Bench()
    run, other, _ = at_work(bench)
    bench.end(session_of(bench, run), StatusCode.FAILED, THROTTLED)
    came = bench.do(all_of(hint(other), *[hint(run)] * 5))
    assert came.count(CallbackOutcome.RECORDED) == 5
    assert len(queries.seen) <= 2
    assert caplog.text.count("run.observed") <= 2, "once a look"
    assert caplog.text.count("lane.paused") == 1
    assert bench.stored(run).run.status is RunStatus.QUEUED


def test_one_session_that_fails_each_query_harms_no_other(queries: Queries) -> None:
    bench = Bench(poisonous=("b",))
    hints = ended(bench)
    assert bench.do(all_of(*hints)) == [CallbackOutcome.RECORDED] * 3
    assert len(queries.seen) <= 5


def test_a_session_that_a_query_leaves_out_is_looked_at_alone(queries: Queries) -> None:
    """One that is gone is the sweep's to tell; one that a query does not show may be there."""
    bench = Bench()
    runs = at_work(bench)
    session_of(bench, runs[1]).gone = True
    for run in runs:
        bench.end(session_of(bench, run), StatusCode.SUCCEEDED, None)
    came = bench.do(all_of(*map(hint, runs)))
    over, missing = CallbackOutcome.RECORDED, CallbackOutcome.NOT_FINISHED
    assert came == [over, missing, over]
    assert (runs[1].flow_session_id,) in queries.seen
    assert bench.stored(runs[1]).run.status is RunStatus.RUNNING


def test_after_one_429_no_callback_asks_dataverse_until_it_may(queries: Queries) -> None:
    bench = Bench()
    first, *others = ended(bench)
    queries.fails = ThrottledError(Answer(429, "0x80072322", "too many requests"), 30.0)
    with pytest.raises(ThrottledError):
        bench.do(lambda services: hear(services, *first))
    queries.fails = None
    came = bench.do(all_of(*others))
    assert [type(each) for each in came] == [NotSentError] * 2
    assert len(queries.seen) == 1
    polled = bench.begin(lambda services: services.sweep())
    assert polled.came
    assert len(queries.seen) == 1, "no poll of another instance either"
    bench.wait(31_000)
    assert bench.do(all_of(first, *others)) == [CallbackOutcome.RECORDED] * 3


def test_while_dataverse_is_away_callbacks_are_told_so(queries: Queries) -> None:
    bench = Bench()
    hints = ended(bench)
    with parts.dataverse_down(bench):
        came = bench.do(all_of(*hints))
    assert all(isinstance(each, DataverseError) for each in came)
    assert len(queries.seen) <= 2
    assert bench.do(all_of(*hints)) == [CallbackOutcome.RECORDED] * 3


Verb = Callable[[Bench, list[Run]], Callable[[Services], object]]


def poll(bench: Bench, runs: list[Run]) -> Callable[[Services], object]:
    """Look at the runs, which are due."""
    bench.wait(max(run.watch_at or 0 for run in runs) - bench.now + bench.scenario.pace.margin)
    return lambda services: services.sweep()


def same_callbacks(bench: Bench, runs: list[Run]) -> Callable[[Services], object]:
    """Dataverse repeats them, and they come to another instance."""
    del bench
    return all_of(*map(hint, runs))


def cancel_all(bench: Bench, runs: list[Run]) -> Callable[[Services], object]:
    del bench
    return lambda services: [services.cancel(run.id) for run in runs]


ENDINGS = ((StatusCode.SUCCEEDED, None), (StatusCode.FAILED, THROTTLED))


@pytest.mark.parametrize("dies", [False, True], ids=["goes on", "dies"])
@pytest.mark.parametrize("verb", [poll, same_callbacks, cancel_all])
def test_wherever_a_batch_stands_still_no_promise_is_broken(verb: Verb, dies: bool) -> None:
    """One run has ended, one is to be queued again, one goes on: before each call of the batch."""
    stands_at, stood = 1, True
    while stood:
        bench = Bench(works=600_000)
        runs = at_work(bench)
        for run, (code, error) in zip(runs, ENDINGS, strict=False):
            bench.end(session_of(bench, run), code, error)
        other = verb(bench, runs)
        batch = bench.begin(all_of(*map(hint, runs)), _standing(stands_at))
        stood = batch.stands
        if dies:
            bench.kill(batch)
        beside = bench.begin(other)
        if batch.stands:
            bench.go_on(batch)
        bench.rest()
        assert beside.came, f"nobody was told, batch before call {stands_at}"
        check_rest(bench, runs)
        stands_at += 1
    assert stands_at > 10, "nothing ever stood still, which proves nothing"


def _standing(at: int) -> Callable[[int], bool]:
    return lambda call: call == at


def check_rest(bench: Bench, runs: list[Run]) -> None:
    world = bench.world
    world.promises.check_rest(world.table, world.dataverse, world.clients, world.receivers)
    assert not world.promises.broken, bench.history
    for run in runs:
        assert bench.stored(run).run.final, bench.history

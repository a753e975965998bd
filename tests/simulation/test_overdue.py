"""A session that never ends: its run says so, is looked at as before, and can be given up."""

from __future__ import annotations

import pytest

from shared.dataverse.errors import Answer, OutcomeUnknownError, RefusedError
from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run, RunStatus
from shared.domain.run.overdue import should_have_ended_at
from shared.domain.session import StatusCode
from shared.services.refusals import NotUnconfirmedError
from tests.simulation import race_parts as parts
from tests.simulation.bench import Bench
from tests.simulation.hearing import hear
from tests.simulation.remote_dataverse import RemoteDataverse

HOUR = 3_600_000
FOR_EVER = 1_000 * HOUR
FAIL = Resolution(Action.FAIL, None, "somebody", "its machine is gone")


@pytest.fixture
def bench() -> Bench:
    return Bench(works=FOR_EVER)


def at_work(bench: Bench) -> Run:
    run = bench.start("a")
    bench.do(lambda services: services.dispatch(bench.lane))
    return run


def overdue(bench: Bench) -> Run:
    run = at_work(bench)
    ends = should_have_ended_at(bench.stored(run).run)
    assert ends is not None
    bench.wait(ends - bench.now - 60_000)
    bench.do(lambda services: services.sweep())
    assert bench.stored(run).run.overdue_at is None
    bench.wait(10 * 60_000)
    bench.do(lambda services: services.sweep())
    return run


def told(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.text.count("run.overdue ")


def test_a_session_that_never_ends_is_told_once_and_looked_at_as_before(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    run = overdue(bench)
    since = bench.stored(run).run.overdue_at
    assert since is not None
    for _ in range(5):
        before = bench.stored(run).run.watch_at
        assert before is not None
        assert before <= bench.now + bench.scenario.polling.last
        bench.wait(bench.scenario.polling.last + 1_000)
        bench.do(lambda services: services.sweep())
        assert bench.stored(run).run.watch_at != before
    after = bench.stored(run).run
    assert (after.status, after.overdue_at) == (RunStatus.RUNNING, since)
    assert told(caplog) == 1
    bench.end(parts.session_of(bench), StatusCode.SUCCEEDED, None)
    bench.wait(bench.scenario.polling.last)
    bench.do(lambda services: services.sweep())
    assert bench.stored(run).run.status is RunStatus.SUCCEEDED


def test_an_overdue_run_can_be_given_up_and_its_session_is_cancelled(bench: Bench) -> None:
    run = overdue(bench)
    session = parts.session_of(bench)
    given_up = bench.do(lambda services: services.resolve(run.id, FAIL))
    assert given_up is not None
    assert (given_up.status, given_up.error and given_up.error.code) == (
        RunStatus.FAILED,
        "GivenUp",
    )
    assert given_up.decision is not None
    assert given_up.flow_session_id == session.id
    bench.wait(10_000)
    assert session.cancelled, "at once"
    bench.do(lambda services: hear(services, run.id, session.id))
    for _ in range(2):
        bench.do(lambda services: services.sweep())
    assert bench.stored(run).run.status is RunStatus.FAILED, "its later end does no harm"
    assert bench.lanes.doubles(bench.lane, 10) == []
    assert bench.do(lambda services: services.resolve(run.id, FAIL)) == bench.stored(run).run


def test_a_session_that_could_not_be_cancelled_is_cancelled_by_the_sweep(bench: Bench) -> None:
    run = overdue(bench)
    with parts.dataverse_down(bench):
        bench.do(lambda services: services.resolve(run.id, FAIL))
    session = parts.session_of(bench)
    bench.wait(10_000)
    assert not session.cancelled
    bench.do(lambda services: services.sweep())
    bench.wait(10_000)
    assert session.cancelled


def test_a_run_is_not_given_up_before_it_is_overdue(bench: Bench) -> None:
    run = at_work(bench)
    with pytest.raises(NotUnconfirmedError):
        bench.do(lambda services: services.resolve(run.id, FAIL))


@pytest.mark.parametrize("unreadable", [True, False], ids=["refused", "no answer"])
def test_a_run_whose_session_cannot_be_read_is_overdue_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, unreadable: bool
) -> None:
    """Else nobody could ever give it up."""
    error = (
        RefusedError(Answer(403, "0x80040220", "privilege missing"))
        if unreadable
        else OutcomeUnknownError("500", Answer(500, "0x80040216", "server error"))
    )

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(RemoteDataverse, "sessions", fails)
    monkeypatch.setattr(RemoteDataverse, "session", fails)
    run = overdue(bench)
    assert bench.stored(run).run.overdue_at is not None

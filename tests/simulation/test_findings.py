"""What seeds have found in the app, each told small, in the order in which it was found."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from shared.domain.pause import Pause
from shared.domain.run import Run, RunStatus
from shared.domain.run.steps import adopt
from shared.domain.session import FlowSession, Mark
from shared.storage.runs import StoredRun
from shared.triggers.provider import Services
from tests.simulation.bench import Bench
from tests.simulation.chaos import Rates
from tests.simulation.clock import EPOCH_MS
from tests.simulation.dataverse import SimulatedDataverse
from tests.simulation.instance import CALLBACK_BASE, SIGNER
from tests.simulation.sessions import SimulatedSession


@pytest.fixture
def bench() -> Bench:
    return Bench()


def lose_the_submission(bench: Bench, token: str) -> Run:
    """Start a run whose submission is never answered, and wait until its deadline is over."""
    run = bench.start(token)
    bench.do(lambda services: services.dispatch(bench.lane), Rates(request_lost=1.0))
    assert bench.stored(run).run.status is RunStatus.UNCONFIRMED
    bench.wait(bench.scenario.pace.deadline)
    return bench.stored(run).run


def session_of(bench: Bench, run: Run, token: str) -> SimulatedSession:
    """Let a session of a run come up in Dataverse, as if from a submission that was lost."""
    dataverse, url = bench.world.dataverse, SIGNER.url(CALLBACK_BASE, run.id)
    return dataverse._begin(run.request, token, url, None, 10**6)


def confirm(bench: Bench, stored: StoredRun) -> None:
    def look(services: Services) -> None:
        confirm = services.sweep.rounds(cast("Any", None), 0.0).confirm
        confirm(stored, confirm.ask([stored.run]))

    bench.do(look)


def test_a_session_that_comes_while_its_absence_is_being_told_is_not_missed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 1711: the process stood still between the answer "none" and the look at the clock."""
    run = lose_the_submission(bench, "a")
    look = SimulatedDataverse.sessions_marked

    def look_then_freeze(self: SimulatedDataverse, marks: Sequence[Mark]) -> list[FlowSession]:
        bench.instance.process.frozen_until = bench.world.scheduler.now + bench.scenario.absent
        return look(self, marks)

    monkeypatch.setattr(SimulatedDataverse, "sessions_marked", look_then_freeze)
    confirm(bench, bench.stored(run))
    assert bench.stored(run).run.status is RunStatus.UNCONFIRMED


def test_a_wake_up_is_sent_although_the_sdk_repeated_its_write(bench: Bench) -> None:
    """Seed 43: the lane said that a wake-up comes, and nobody had sent one."""
    bench.start("a")
    now = EPOCH_MS + bench.world.scheduler.now
    bench.lanes.change(bench.lane, lambda lane: lane.wait(Pause(now + 30_000)))
    sent = bench.history.count("queue.send to wake-up")
    bench.do(lambda services: services.dispatch(bench.lane), Rates(sdk_repeat=1.0))
    assert bench.history.count("queue.send to wake-up") == sent + 1


def test_a_double_session_that_a_search_brings_up_is_reported_and_cancelled(bench: Bench) -> None:
    """Seed 2: it was cancelled, but its run did not tell of it."""
    run = lose_the_submission(bench, "a")
    first, second = (session_of(bench, run, "a") for _ in range(2))
    confirm(bench, bench.stored(run))
    after = bench.stored(run).run
    assert (after.flow_session_id, after.double_sessions) == (first.id, (second.id,))
    bench.wait(60_000)
    assert (first.cancelled, second.cancelled) == (False, True)


def test_a_double_session_that_a_late_answer_brings_up_is_reported_and_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 45: its run told of it, but it went on working."""
    run = bench.start("a")
    submit = SimulatedDataverse.run_desktop_flow
    first = session_of(bench, run, "a")

    def adopt_another(self: SimulatedDataverse, *arguments: Any) -> Any:
        polling = bench.scenario.polling
        bench.runs.change(
            bench.stored(run), lambda run: adopt(run, first.id, at=1, polling=polling)
        )
        return submit(self, *arguments)

    monkeypatch.setattr(SimulatedDataverse, "run_desktop_flow", adopt_another)
    bench.do(lambda services: services.dispatch(bench.lane))
    after = bench.stored(run).run
    assert after.flow_session_id == first.id
    (double,) = after.double_sessions
    bench.wait(60_000)
    assert bench.world.dataverse.sessions[double].cancelled
    assert not first.cancelled


def test_a_wait_goes_on_though_the_clock_was_put_back(bench: Bench) -> None:
    """Seed 11454: the one who waited took its own wake-up for another's, and left the lane."""
    run = bench.start("a")
    clock = bench.instance.clock
    clock.offset = 100
    bench.lanes.change(bench.lane, lambda lane: lane.wait(Pause(clock.now() + 3_000)))

    def put_back() -> None:
        clock.offset = -100

    bench.world.scheduler.after(1_000, put_back)
    bench.do(lambda services: services.dispatch(bench.lane))
    assert bench.stored(run).run.status is RunStatus.RUNNING

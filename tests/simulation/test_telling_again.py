"""Having an end told again, by somebody who dies at any instruction: all of it is done, or none."""

from __future__ import annotations

import pytest

from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.domain.run import Run
from shared.domain.run.announcements import given_up
from shared.domain.run.notification import Notification
from shared.domain.wait_request import WaitRequest
from shared.storage.waiters import WaiterTable
from tests.simulation.bench import CONNECTION, Bench
from tests.simulation.chaos import Rates
from tests.simulation.engines import address_of
from tests.simulation.operators import Operators
from tests.simulation.receivers import REDELIVERY, URL
from tests.simulation.sessions import WORKFLOW

ENGINE = "engine-0"
WAITS = WaitRequest(
    StartRequest(RunRequest(WORKFLOW, CONNECTION, RunMode.UNATTENDED, notify_url=URL), None),
    address_of(ENGINE),
    cancels=False,
)
SWEEPS_MS = 400_000
"""A few rounds of the sweep."""


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the operators that there are in each world; the test is one."""
    monkeypatch.setattr(Operators, "_tell_again", lambda *_: None)


def given_up_run(bench: Bench) -> Run:
    """Let a run end whose receiver and engine fail for as long as they are tried."""
    run = bench.do(lambda services: services.start_and_wait(WAITS, "key")).run
    bench.do(lambda services: services.cancel(run.id))
    bench.world.host.open(1)
    bench.world.chaos.rates = Rates(notify_failed=1.0)
    bench.wait(REDELIVERY.patience + SWEEPS_MS)
    bench.world.chaos.rates = Rates()
    run = bench.stored(run).run
    assert given_up(run)
    assert not told(bench, run)
    assert [each for each in tellings(bench, run) if each.given_up_at is None] == []
    return run


def tellings(bench: Bench, run: Run) -> list[Notification]:
    """Give what came of telling the run's receiver, and the engine that waits for it."""
    run = bench.stored(run).run
    (waiter,) = run.waiters
    row = WaiterTable(bench.world.table, bench.runs).read(run.id, waiter.key)
    assert row is not None
    assert run.notification is not None
    return [run.notification, row.telling]


def told(bench: Bench, run: Run) -> bool:
    """Say whether both have heard; whoever has may hear it once more."""
    world = bench.world
    return world.receivers.notified[run.id] > 0 and world.engines.heard[ENGINE, run.id] > 0


def die(stands_at: int) -> bool:
    """Have an end told again by a process that dies before its n-th call; say whether it did.

    Whatever it did by then, the others do the rest, or somebody asks once more.
    """
    bench = Bench()
    before = given_up_run(bench)
    untouched = before, tellings(bench, before)
    begun = bench.begin(
        lambda services: services.tell_again(before.id), lambda call: call == stands_at
    )
    stood = begun.stands
    if stood:
        bench.kill(begun)
    begins_anew = (bench.stored(before).run, tellings(bench, before)) != untouched
    bench.wait(SWEEPS_MS)
    assert told(bench, before) is begins_anew, stands_at
    if not begins_anew:
        assert bench.stored(before).run == before
        bench.do(lambda services: services.tell_again(before.id))
        bench.wait(SWEEPS_MS)
    for telling in tellings(bench, before):
        assert telling.delivered_at is not None, stands_at
        assert telling.attempts == telling.earlier + 1, stands_at
    after = bench.stored(before).run
    assert after.watch_at is None
    assert not given_up(after)
    bench.rest()
    assert not bench.world.promises.broken
    return stood


def test_who_dies_while_he_has_an_end_told_again_leaves_nobody_waiting() -> None:
    """Before each of his calls: to the table, to the index and to the queue."""
    stands_at = 1
    while die(stands_at):
        stands_at += 1
    assert stands_at > 4, "he calls more than once"

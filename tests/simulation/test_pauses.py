"""Pauses: a lane that is told to wait waits, however many slots it has left."""

from dataclasses import replace
from functools import partial

from shared.domain.pause import Why
from shared.domain.run import Run, RunStatus
from shared.domain.session import THROTTLED, StatusCode
from shared.triggers.provider import Services
from tests.simulation.bench import CONNECTION, Bench
from tests.simulation.chaos import Rates
from tests.simulation.hearing import hear


def test_after_being_told_to_wait_nothing_more_is_sent() -> None:
    """Whoever goes on is throttled the longer, and spends all slots of the window on it.

    With one call at a time, the answer comes while there are slots left.
    """
    bench = Bench()
    runs = [bench.start(f"run-{number}") for number in range(5)]
    dispatch = replace(bench.instance.services.dispatch, concurrency=1)
    bench.do(lambda _: dispatch(bench.lane), Rates(throttled=1.0))
    first, *later = bench.world.dataverse.arrivals[CONNECTION]
    assert all(at - first >= 1_000 for at in later), "a wait may be as short as a second"
    assert {bench.stored(run).run.status for run in runs} == {RunStatus.QUEUED}


def test_sessions_that_are_throttled_have_their_lane_pause_longer_each_time() -> None:
    """Each was accepted first, so the run would be submitted again at once, window after window."""
    bench = Bench()
    run = bench.start("a")
    waits = []
    for number in range(3):
        bench.do(lambda services: services.dispatch(bench.lane))
        session = list(bench.world.dataverse.sessions.values())[number]
        bench.end(session, StatusCode.FAILED, THROTTLED)
        bench.do(partial(_call_back, run, session.id))
        lane = bench.lanes.read(bench.lane)
        assert lane is not None
        assert lane.lane.pause.code == Why.THROTTLED
        waits.append(round((lane.lane.pause.until - bench.now) / 1000))
        bench.wait(lane.lane.pause.until - bench.now + 500)
    assert waits == [2, 2, 4]


def _call_back(run: Run, session_id: str, services: Services) -> object:
    return hear(services, run.id, session_id)

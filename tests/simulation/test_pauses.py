"""Pauses: a lane that is told to wait waits, however many slots it has left."""

from dataclasses import replace

from shared.domain.run import RunStatus
from tests.simulation.bench import CONNECTION, Bench
from tests.simulation.chaos import Rates


def test_after_being_told_to_wait_nothing_more_is_sent() -> None:
    """Whoever goes on is throttled the longer, and spends all slots of the window on it.

    With one call at a time, the answer comes while there are slots left.
    """
    bench = Bench()
    runs = [bench.start(f"run-{number}") for number in range(5)]
    dispatch = replace(bench.instance.services.dispatch, concurrency=1)
    bench.do(lambda _: dispatch(bench.lane), Rates(throttled=1.0))
    assert len(bench.world.dataverse.arrivals[CONNECTION]) == 1
    assert {bench.stored(run).run.status for run in runs} == {RunStatus.QUEUED}

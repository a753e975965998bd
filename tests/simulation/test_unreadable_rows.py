"""Runs whose rows somebody spoilt: the others of their lane end, and they do once it is mended."""

from __future__ import annotations

import pytest

from shared.domain.identifiers import lane_of
from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run, RunStatus
from shared.storage import rows
from shared.storage.table import Merge, SessionTakenError, Value
from tests.simulation.bench import Bench
from tests.simulation.chaos import Rates
from tests.simulation.world import LOOK_EVERY_MS

MINUTE = 60_000


@pytest.fixture
def bench() -> Bench:
    return Bench(works=MINUTE)


def spoil(bench: Bench, run: Run, **properties: Value) -> None:
    bench.world.table.commit(lane_of(run.id), [Merge(rows.run_row(run.id), properties)])


def running(bench: Bench, count: int) -> list[Run]:
    made = [bench.start(f"t{number}") for number in range(count)]
    bench.do(lambda services: services.dispatch(bench.lane))
    assert all(bench.stored(run).run.status is RunStatus.RUNNING for run in made)
    return made


def sweep_for(bench: Bench, ms: int) -> None:
    """Let the host do its work for a while."""
    if not bench.world.host.instances:
        bench.world.host.open(1)
    for _ in range(0, ms, LOOK_EVERY_MS):
        bench.wait(LOOK_EVERY_MS)


def test_a_run_that_cannot_be_read_is_looked_at_again_when_it_is_mended(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bad, *good = running(bench, 3)
    spoil(bench, bad, Attempts="one")
    sweep_for(bench, 20 * MINUTE)
    assert {bench.stored(run).run.status for run in good} == {RunStatus.SUCCEEDED}
    told = caplog.text.count(f"row.unreadable lane='{bench.lane}' row='{rows.run_row(bad.id)}'")
    assert 1 <= told <= 8, "not in each of twenty rounds; callbacks tell of it, too"
    spoil(bench, bad, Attempts=1)
    bench.rest()
    assert bench.stored(bad).run.status is RunStatus.SUCCEEDED
    assert not bench.world.promises.broken


def test_a_run_whose_time_to_be_looked_at_cannot_be_read_mends_itself(bench: Bench) -> None:
    bad, *_ = made = running(bench, 3)
    spoil(bench, bad, WatchAt="0001-01-01T00:00:00Z")
    bench.rest()
    assert {bench.stored(run).run.status for run in made} == {RunStatus.SUCCEEDED}
    assert bench.lanes.watches(bench.lane, 9_999_999_999_998, 10) == []
    assert not bench.world.promises.broken


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
def test_a_session_may_be_that_of_a_run_that_cannot_be_read(*, marked: bool) -> None:
    """Whoever adopts one is refused until the row is mended, unless it shows whose it is."""
    bench = Bench(keeps_urls=marked, urls_known=False)
    run, rival = bench.start("a"), bench.start("b")
    bench.do(lambda services: services.dispatch(bench.lane), Rates(answer_lost=1.0))
    (session,) = bench.world.dataverse.by_token["a"]
    spoil(bench, rival, Attempts="one")

    def adopt() -> Run:
        adopted = bench.do(lambda services: services.resolve(run.id, adoption))
        assert adopted is not None
        return adopted

    adoption = Resolution(Action.ADOPT, session_id=session.id, by="Ann")
    if not marked:
        with pytest.raises(SessionTakenError, match=rival.id):
            adopt()
        assert bench.stored(run).run.status is RunStatus.UNCONFIRMED
        spoil(bench, rival, Attempts=1)
    assert adopt().flow_session_id == session.id

"""What nobody but an operator can decide: who is asked, once, and what his word is worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run, RunStatus
from shared.services.deciding.resolve import Resolve
from shared.services.refusals import (
    NotUnconfirmedError,
    SessionsFoundError,
    StillConfirmingError,
)
from shared.storage.table import StorageUnavailableError
from shared.triggers.provider import Services
from tests.simulation.bench import Bench
from tests.simulation.chaos import Rates
from tests.simulation.dataverse import MARKER_BASE
from tests.simulation.instance import SIGNER
from tests.simulation.storage import RemoteQueue


@pytest.fixture
def bench() -> Bench:
    """A world in which nothing shows whose a session is."""
    return Bench(keeps_urls=False, urls_known=False)


def lost(bench: Bench, token: str, rates: Rates) -> Run:
    run = bench.start(token)
    bench.do(lambda services: services.dispatch(bench.lane), rates)
    return bench.stored(run).run


def undecided(bench: Bench) -> tuple[Run, str]:
    """Have a run's submission lost while a stranger makes a session; give both."""
    run = lost(bench, "a", Rates(request_lost=1.0))
    bench.world.dataverse.stranger(0)
    (stranger,) = bench.world.dataverse.sessions
    look_late(bench)
    return bench.stored(run).run, stranger


def look_late(bench: Bench) -> None:
    """Look when no session of a submission can come any more."""
    bench.wait(bench.scenario.settled_after + bench.scenario.polling.last)
    bench.do(lambda services: services.sweep())


def told(bench: Bench, run: Run) -> int:
    """Count the events that say that this run needs an operator."""
    bench.wait(5_000)
    return bench.world.receivers.asked[run.id]


def resolve(bench: Bench, run: Run, resolution: Resolution) -> Run | None:
    def work(services: Services) -> Run | None:
        return services.resolve(run.id, resolution)

    return bench.do(work)


def test_a_run_that_nobody_can_tell_about_asks_for_an_operator_once(bench: Bench) -> None:
    run, stranger = undecided(bench)
    assert run.status is RunStatus.UNCONFIRMED
    assert run.needs_operator_at is not None
    assert [each.session_id for each in run.candidates] == [stranger]
    assert run.candidates[0].speaks_against == ("not known to be given this run's inputs",)
    assert bench.lanes.needing(bench.lane, 10) == [run.id]
    since = run.needs_operator_at
    look_late(bench)
    run = bench.stored(run).run
    assert run.needs_operator_at == since, "it is the same need"
    assert told(bench, run) == 1


def test_an_event_that_could_not_be_put_on_the_queue_is_told_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StorageUnavailableError("the queue is away")

    run = lost(bench, "a", Rates(request_lost=1.0))
    bench.world.dataverse.stranger(0)
    bench.wait(bench.scenario.settled_after + bench.scenario.polling.last)
    with monkeypatch.context() as away:
        away.setattr(RemoteQueue, "send", refuse)
        bench.do(lambda services: services.sweep())
    assert bench.stored(run).run.needs_operator_at is not None
    assert (bench.stored(run).run.operator_told_at, told(bench, run)) == (None, 0)
    look_late(bench)
    assert bench.stored(run).run.operator_told_at is not None
    assert told(bench, run) == 1


def test_what_comes_to_light_settles_it_without_anybody(bench: Bench) -> None:
    """The stranger's session is found to be another run's: nothing is left that could be ours."""
    run, stranger = undecided(bench)
    bench.world.dataverse.sessions[stranger].gone = True
    look_late(bench)
    run = bench.stored(run).run
    assert run.status is RunStatus.QUEUED
    assert (run.needs_operator_at, run.operator_told_at, run.candidates) == (None, None, ())
    assert bench.lanes.needing(bench.lane, 10) == []


@pytest.mark.parametrize("rates", [Rates(answer_lost=1.0), Rates(request_lost=1.0)])
def test_a_resubmission_waits_until_no_session_can_come(bench: Bench, rates: Rates) -> None:
    run = lost(bench, "a", rates)
    with pytest.raises(StillConfirmingError):
        resolve(bench, run, Resolution(Action.RESUBMIT))
    assert bench.stored(run).run == run


def test_a_resubmission_is_refused_while_there_is_any_session(bench: Bench) -> None:
    run, stranger = undecided(bench)
    with pytest.raises(SessionsFoundError) as refused:
        resolve(bench, run, Resolution(Action.RESUBMIT))
    assert [each.session_id for each in refused.value.candidates] == [stranger]
    forced = Resolution(Action.RESUBMIT, by="Ann", reason="it is Bob's", force=True)
    after = resolve(bench, run, forced)
    assert after is not None
    assert after.status is RunStatus.QUEUED
    assert after.decision is not None
    assert (after.decision.by, after.decision.forced) == ("Ann", True)


@pytest.mark.parametrize("force", [False, True])
def test_a_run_that_has_a_session_is_never_submitted_again(bench: Bench, *, force: bool) -> None:
    """It may be overdue, and its robot may work all the same: it is given up, or goes on."""
    run = lost(bench, "a", Rates())
    bench.runs.change(bench.stored(run), lambda run: replace(run, overdue_at=bench.now))
    again = Resolution(Action.RESUBMIT, reason="it hangs" if force else None, force=force)
    with pytest.raises(NotUnconfirmedError):
        resolve(bench, run, again)
    assert bench.stored(run).run.status is RunStatus.RUNNING


def test_without_the_question_a_robot_would_work_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the question is for: with it left out, the world halts at a broken promise."""
    run = lost(bench, "a", Rates(answer_lost=1.0))
    monkeypatch.setattr(Resolve, "_check_absence", lambda *_: None)
    resolve(bench, run, Resolution(Action.RESUBMIT))
    with pytest.raises(AssertionError):
        bench.do(lambda services: services.dispatch(bench.lane))
    assert any(broken.startswith("once") for broken in bench.world.promises.broken)


@pytest.mark.parametrize("takes_markers", [True, False])
def test_an_app_without_an_address_marks_its_runs_where_it_may(*, takes_markers: bool) -> None:
    bench = Bench(callbacks=False, urls_known=False, takes_markers=takes_markers)
    runs = [bench.start(token) for token in ("a", "b", "c")]
    for _ in range(3):
        bench.do(lambda services: services.dispatch(bench.lane))
        bench.wait(bench.scenario.pace.window + 1_000)
    after = [bench.stored(run).run for run in runs]
    assert {run.status for run in after} == {RunStatus.RUNNING}
    urls = [each.callback_url for each in bench.world.dataverse.sessions.values()]
    if takes_markers:
        assert sorted(map(str, urls)) == sorted(SIGNER.url(MARKER_BASE, run.id) for run in runs)
        assert [run.attempts for run in after] == [1, 1, 1]
    else:
        assert urls == [None, None, None]
        later = bench.start("d")
        bench.do(lambda services: services.dispatch(bench.lane))
        assert bench.stored(later).run.attempts == 1, "nobody is refused a second time"

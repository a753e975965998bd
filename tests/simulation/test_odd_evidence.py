"""Sessions that do not show what they were found by: nothing is absent beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.dataverse.errors import Answer, RefusedError, UnreadableError
from shared.domain.callback_url import CallbackSigner
from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run, RunStatus
from shared.services.refusals import NotUnconfirmedError
from shared.storage import rows
from shared.storage.table import Merge, SessionTakenError
from tests.simulation import instance
from tests.simulation.bench import CONNECTION, Bench
from tests.simulation.chaos import Rates
from tests.simulation.dataverse import SimulatedDataverse
from tests.simulation.remote_dataverse import RemoteDataverse
from tests.simulation.sessions import WORKFLOW, SimulatedSession

LOST = Rates(answer_lost=1.0)
NEVER_SENT_ON = Rates(request_lost=1.0)
NOTHING: dict[str, Any] = {"keeps_urls": False, "urls_known": False}
IDS_ALONE = NOTHING | {"keeps_ids": True}
ELSEWHERE = "00000000-0000-4000-8000-0000000000ff"
PATH = f"/providers/Microsoft.PowerApps/apis/shared_uiflow/connections/{CONNECTION}"


def submitted(bench: Bench, token: str, rates: Rates | None = None) -> Run:
    run = bench.start(token)
    bench.do(lambda services: services.dispatch(bench.lane), rates)
    return bench.stored(run).run


def sweep(bench: Bench) -> None:
    bench.do(lambda services: services.sweep())


def learnt(bench: Bench) -> Bench:
    """Have the app look at a session of its own, and learn what it shows."""
    submitted(bench, "before")
    bench.wait(bench.scenario.polling.last)
    sweep(bench)
    return bench


def settled(bench: Bench, run: Run) -> Run:
    """Look when no session can come any more, and submit what was put back."""
    bench.wait(bench.scenario.settled_after + bench.scenario.polling.last)
    sweep(bench)
    bench.do(lambda services: services.dispatch(bench.lane))
    return bench.stored(run).run


def shown_with(monkeypatch: pytest.MonkeyPatch, **columns: Any) -> None:
    """Have every session show these columns from now on, whatever it is found by."""
    row = SimulatedSession.row
    monkeypatch.setattr(
        SimulatedSession, "row", lambda self, now: replace(row(self, now), **columns)
    )


@pytest.mark.parametrize(
    ("world", "columns"),
    [
        (IDS_ALONE, {"correlation_id": None}),
        (IDS_ALONE, {"correlation_id": "7f3a"}),
        ({}, {"callback_url": None}),
        ({}, {"workflow_id": ELSEWHERE}),
        (IDS_ALONE, {"workflow_id": ELSEWHERE}),
    ],
    ids=["no id", "another id", "no URL", "another desktop flow", "that and an id"],
)
def test_a_session_that_is_found_and_does_not_show_it_is_left_to_an_operator(
    monkeypatch: pytest.MonkeyPatch, world: dict[str, Any], columns: dict[str, Any]
) -> None:
    bench = learnt(Bench(**world))
    run = submitted(bench, "a", LOST)
    shown_with(monkeypatch, **columns)
    run = settled(bench, run)
    assert (run.status, run.attempts) == (RunStatus.UNCONFIRMED, 1)
    assert run.needs_operator_at is not None
    own = bench.world.dataverse.by_token["a"][0].id
    assert own in [each.session_id for each in run.candidates]


@pytest.mark.parametrize("shown", [PATH, PATH.upper(), f"{CONNECTION} "])
def test_a_connection_that_is_shown_otherwise_hides_no_session(
    monkeypatch: pytest.MonkeyPatch, shown: str
) -> None:
    bench = learnt(Bench(**NOTHING))
    run = submitted(bench, "a", LOST)
    shown_with(monkeypatch, connection=shown)
    run = settled(bench, run)
    assert (run.status, run.attempts) == (RunStatus.UNCONFIRMED, 1)
    assert "not known to be on this run's connection" in run.candidates[0].speaks_against


@pytest.mark.parametrize("days", [-2, 2, -400])
@pytest.mark.parametrize("world", [NOTHING])
def test_a_clock_that_is_days_off_hides_no_session(world: dict[str, Any], days: int) -> None:
    bench = Bench(**world, ahead=days * 86_400_000)
    run = settled(bench, submitted(bench, "a", LOST))
    assert (run.status, run.attempts) == (RunStatus.RUNNING, 1)


def test_a_key_that_was_taken_away_proves_nothing_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = learnt(Bench(**IDS_ALONE))
    run = submitted(bench, "a", LOST)
    signer = CallbackSigner(instance.SIGNER.environment, (b"n" * 32,))
    monkeypatch.setattr(instance, "SIGNER", signer)
    bench.instance = bench.world.boot("later")
    run = settled(bench, run)
    assert run.attempts == 1
    assert run.status in (RunStatus.RUNNING, RunStatus.UNCONFIRMED)


def test_a_claim_whose_time_cannot_be_read_is_not_taken_for_an_old_one() -> None:
    bench = Bench()
    run = submitted(bench, "a", Rates(belated=1.0))
    spoilt = Merge(rows.run_row(run.id), {"ClaimedAt": "0001-01-01T00:00:00Z"})
    bench.world.table.commit(bench.lane, [spoilt])
    bench.wait(6_000)
    sweep(bench)
    assert bench.stored(run).run.status is RunStatus.UNCONFIRMED
    run = settled(bench, run)
    assert run.attempts == 1


def test_an_old_error_says_nothing_of_the_submission_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A throttled run was submitted again, and its process died: its robot may well work."""
    bench = Bench()
    run = submitted(bench, "a", Rates(throttled=1.0))
    bench.wait(200_000)
    made = bench.world.dataverse.sessions
    under_way = bench.begin(
        lambda services: services.dispatch(bench.lane),
        stops=lambda _: bench.stored(run).run.status is RunStatus.SUBMITTING and bool(made),
    )
    bench.kill(under_way)
    monkeypatch.setattr(SimulatedDataverse, "sessions_marked", lambda *_: [])
    bench.wait(bench.scenario.pace.deadline + 5_000)
    sweep(bench)
    after = bench.stored(run).run
    assert after.status is RunStatus.UNCONFIRMED
    assert after.error is not None
    assert (after.error.code, after.error.robot_may_have_started) == ("OutcomeUnknown", None)


@pytest.mark.parametrize(
    "error", [UnreadableError("no JSON"), RefusedError(Answer(403, "0x80040220", "missing"))]
)
def test_a_stranger_whose_inputs_cannot_be_read_keeps_no_operator_from_being_asked(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    bench = Bench(**NOTHING)
    run = submitted(bench, "a", NEVER_SENT_ON)
    bench.world.dataverse.stranger(0)
    monkeypatch.setattr(RemoteDataverse, "inputs", fail)
    run = settled(bench, run)
    assert run.needs_operator_at is not None
    assert len(run.candidates) == 1


def test_sessions_that_may_not_be_looked_for_are_an_operators_when_it_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise RefusedError(Answer(403, "0x80040220", "missing privilege"))

    bench = Bench()
    run = submitted(bench, "a", LOST)
    monkeypatch.setattr(RemoteDataverse, "sessions_marked", refuse)
    run = settled(bench, run)
    assert run.needs_operator_at is not None
    assert run.error is not None
    assert run.error.code == "FlowSessionUnreadable"
    assert bench.lanes.needing(bench.lane, 10) == [run.id]


def test_a_rival_that_cannot_be_read_may_be_any_sessions_and_stops_nobody() -> None:
    bench = Bench(**NOTHING)
    rival = submitted(bench, "rival", NEVER_SENT_ON)
    run = submitted(bench, "a", LOST)
    bench.world.table.commit(bench.lane, [Merge(rows.run_row(rival.id), {"Attempts": "x"})])
    run = settled(bench, run)
    assert run.needs_operator_at is not None, "its session may be the other's"
    assert len(run.candidates) == 1


class TestOperators:
    def test_a_run_that_has_a_session_takes_no_other_and_harms_none(self) -> None:
        """An overdue run was to adopt a stranger's session: that was cancelled as its double."""
        bench = Bench()
        run = submitted(bench, "a")
        bench.runs.change(bench.stored(run), lambda run: replace(run, overdue_at=bench.now))
        bench.world.dataverse.stranger(0)
        stranger = list(bench.world.dataverse.sessions.values())[-1]
        adopt = Resolution(Action.ADOPT, stranger.id, "Ann", "it is this one")
        with pytest.raises(NotUnconfirmedError):
            bench.do(lambda services: services.resolve(run.id, adopt))
        bench.wait(60_000)
        assert not stranger.cancelled
        assert bench.stored(run).run.double_sessions == ()

    def test_a_session_with_another_runs_id_is_not_adopted(self) -> None:
        bench = learnt(Bench(**IDS_ALONE))
        run = submitted(bench, "a", NEVER_SENT_ON)
        submitted(bench, "b", LOST)
        others = bench.world.dataverse.by_token["b"][0]
        with pytest.raises(SessionTakenError):
            bench.do(lambda services: services.resolve(run.id, Resolution(Action.ADOPT, others.id)))

    def test_what_an_operator_was_asked_about_is_decided_by_nobody_else(self) -> None:
        """Two runs alike, one session: after a word about one the other took it for its own."""
        bench = Bench(**NOTHING)

        def start(key: str, rates: Rates) -> Run:
            asked = RunRequest(WORKFLOW, CONNECTION, RunMode.UNATTENDED)
            request = StartRequest(replace(asked, correlation_id=key), json.dumps({"token": "t"}))
            run = bench.do(lambda services: services.start(request, key)).run
            bench.do(lambda services: services.dispatch(bench.lane), rates)
            return run

        first, second = start("first", LOST), start("second", NEVER_SENT_ON)
        bench.wait(bench.scenario.settled_after + bench.scenario.polling.last)
        sweep(bench)
        bench.world.dataverse.by_token["t"].clear()  # the operator answers for the robot
        forced = Resolution(Action.RESUBMIT, reason="it is not", force=True)
        bench.do(lambda services: services.resolve(first.id, forced))
        bench.wait(bench.scenario.polling.last + 1_000)
        sweep(bench)
        assert bench.stored(second).run.flow_session_id is None


def test_one_odd_refusal_ends_no_marking(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(callbacks=False, urls_known=False)
    take, urls = SimulatedDataverse.run_desktop_flow, list[bool]()

    def refuse_first(
        self: SimulatedDataverse, request: Any, inputs: Any, url: str | None, *rest: Any
    ) -> Any:
        urls.append(url is not None)
        if len(urls) == 1:
            raise RefusedError(Answer(400, "0x80048d00", "not now"))
        return take(self, request, inputs, url, *rest)

    monkeypatch.setattr(SimulatedDataverse, "run_desktop_flow", refuse_first)
    for token in ("a", "b", "c"):
        submitted(bench, token)
        bench.wait(bench.scenario.pace.window + 1_000)
        bench.do(lambda services: services.dispatch(bench.lane))
    assert urls == [True, False, True, True]

"""What an engine is answered that starts a run and asks for its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.dataverse.errors import NotSentError
from shared.domain.run import RunStatus
from shared.services.reading.ending import PATIENCE_MS
from shared.storage.table import StorageUnavailableError
from shared.triggers import waits
from tests.support.engine_calls import (
    START,
    App,
    call,
    content,
    functions,
    route_of,
)
from tests.support.services import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def app(bench: Bench) -> App:
    return functions(lambda: bench.app)


def start(app: App) -> tuple[str, dict[str, str]]:
    """Start a run, and give its id and where it is asked for."""
    answer = call(app, "start_and_poll", START, key="a")
    assert answer.status_code == 202
    assert int(answer.headers["Retry-After"]) >= waits.POLL_LEAST_SECONDS
    return content(answer)["runId"], route_of(answer.headers["Location"])


def test_until_the_end_it_is_answered_202_with_the_same_headers(app: App, bench: Bench) -> None:
    run_id, route = start(app)
    for works in (False, True):
        if works:
            bench.works(run_id)
        answer = call(app, "poll_run", route=route)
        assert answer.status_code == 202
        assert route_of(answer.headers["Location"]) == route
        assert int(answer.headers["Retry-After"]) >= waits.POLL_LEAST_SECONDS
        assert content(answer)["runId"] == run_id


def test_the_longer_it_takes_the_less_often_it_is_worth_a_call(app: App, bench: Bench) -> None:
    """Engines share a few hundred calls a minute."""
    run_id, route = start(app)
    bench.works(run_id)
    bench.clock.sleep(600)
    assert call(app, "poll_run", route=route).headers["Retry-After"] == "60"


def test_one_that_succeeded_is_200_with_its_outputs(app: App, bench: Bench) -> None:
    bench.dataverse.given = {"Invoice": "2026-0001"}
    run_id, route = start(app)
    bench.works(run_id)
    bench.ends(run_id)
    answer = call(app, "poll_run", route=route)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert content(answer)["outputs"] == {"Invoice": "2026-0001"}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RunStatus.FAILED, "RunFailed"),
        (RunStatus.CANCELLED, "RunCancelled"),
        (RunStatus.TIMED_OUT, "RunTimedOut"),
    ],
)
def test_one_that_did_not_succeed_is_an_error_that_no_engine_repeats(
    app: App, bench: Bench, status: RunStatus, code: str
) -> None:
    """So a flow fails when its robot has failed: 408, 429 and 5xx would be tried again."""
    run_id, route = start(app)
    bench.ends(run_id, status)
    answer = call(app, "poll_run", route=route)
    assert answer.status_code == 424
    error = content(answer)["error"]
    assert error["code"] == code
    assert (error["innererror"]["runId"], error["innererror"]["status"]) == (run_id, status)


def test_while_dataverse_is_away_outputs_are_asked_for_again(app: App, bench: Bench) -> None:
    bench.dataverse.given = NotSentError("no token")
    run_id, route = start(app)
    bench.works(run_id)
    bench.ends(run_id)
    assert call(app, "poll_run", route=route).status_code == 202
    bench.clock.at += PATIENCE_MS
    answer = call(app, "poll_run", route=route)
    assert answer.status_code == 200
    assert content(answer)["outputsError"]["code"] == "OutputsUnavailable"


def test_while_storage_is_away_it_goes_on_as_far_as_anybody_knows(
    app: App, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error would fail a flow whose robot works."""

    def fails(*_: object) -> None:
        raise StorageUnavailableError("no answer")

    run_id, route = start(app)
    monkeypatch.setattr(bench.table, "get", fails)
    answer = call(app, "poll_run", route=route)
    assert answer.status_code == 202
    assert content(answer) == {"runId": run_id}
    assert route_of(answer.headers["Location"]) == route


def test_one_that_retention_removed_is_not_found(app: App, bench: Bench) -> None:
    run_id, route = start(app)
    bench.ends(run_id)
    bench.clock.at += bench.policy.retention
    bench.app.retain()
    answer = call(app, "poll_run", route=route)
    assert (answer.status_code, content(answer)["error"]["code"]) == (404, "RunNotFound")


def test_a_short_retention_leaves_an_end_that_may_yet_be_told(app: App, bench: Bench) -> None:
    """What is told to engines is read from the run: it must be there for as long."""
    bench.policy = replace(bench.policy, retention=60_000)
    instance = bench.instance()
    run_id, _ = start(app)
    bench.ends(run_id)
    bench.clock.at += bench.policy.engine_redelivery.patience
    instance.retain()
    assert instance.read(run_id) is not None
    bench.clock.at += bench.policy.engine_redelivery.patience
    instance.retain()
    assert instance.read(run_id) is None

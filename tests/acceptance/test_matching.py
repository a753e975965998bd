"""Where Dataverse shows no callback URL, a lost answer's session is found by all else, or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json, broker

LOST = Fault(action="RunDesktopFlow", lost_answer=True)
NEVER_DONE = Fault(action="RunDesktopFlow", html=502)


def unconfirmed(app: Broker, run_id: str) -> Json:
    """Wait until it is known that the run cannot be matched."""
    run = app.until(run_id, "Unconfirmed")
    while run["error"]["code"] != "SeveralSessions":
        run = app.until(run_id, "Unconfirmed")
    return run


def resolve(app: Broker, run_id: str, body: Json) -> Json:
    answer = app.http.post(f"/runs/{run_id}/resolve", json=body)
    assert answer.status_code == 200, answer.text
    run: Json = answer.json()
    return run


@pytest.fixture
def app(forgetful: Broker) -> Iterator[Broker]:
    forgetful.dataverse.change_behaviour(callbackurl_column="dropped")
    yield forgetful
    forgetful.dataverse.reset()


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """An app whose environment never shows a callback URL; nor has it an address itself."""
    folder = tmp_path_factory.mktemp("forgetful")
    with broker(folder, limit=1000, settings={"CALLBACK_BASE_URL": ""}) as made:
        yield made


def test_a_lost_answers_session_is_matched_by_its_inputs(app: Broker) -> None:
    app.dataverse.add_fault(replace(LOST, times=2))
    lost = [app.start(inputs={"InvoiceNumber": f"L-{number}"}) for number in range(2)]
    others = [app.start(inputs={"InvoiceNumber": f"O-{number}"}) for number in range(3)]
    runs = [app.until(run_id, seconds=40) for run_id in lost + others]
    assert [run["status"] for run in runs] == ["Succeeded"] * 5
    assert len({run["flowSessionId"] for run in runs}) == 5
    for run in runs[:2]:
        outputs = app.http.get(f"/runs/{run['runId']}/outputs").json()["outputs"]
        assert outputs["InvoiceNumber"] == f"L-{lost.index(run['runId'])}"
    assert len(app.dataverse.state().sessions) == 5


def test_what_never_became_a_session_is_submitted_again(app: Broker) -> None:
    app.dataverse.add_fault(NEVER_DONE)
    run = app.until(app.start(inputs={"InvoiceNumber": "N-1"}), seconds=40)
    assert run["status"] == "Succeeded"
    assert run["attempts"] == 2
    assert len(app.dataverse.state().sessions) == 1


def test_two_runs_that_nobody_can_tell_apart_wait_for_a_decision(app: Broker) -> None:
    app.dataverse.add_fault(LOST)
    app.dataverse.add_fault(NEVER_DONE)
    alike = [app.start(inputs={"InvoiceNumber": "same"}) for _ in range(2)]
    for run_id in alike:
        run = unconfirmed(app, run_id)
        assert run["error"]["code"] == "SeveralSessions"
    session_id = app.dataverse.state().sessions[0].id
    assert len(app.dataverse.state().sessions) == 1

    adopted = resolve(app, alike[0], {"action": "adopt", "flowSessionId": session_id})
    assert adopted["flowSessionId"] == session_id
    taken = app.http.post(
        f"/runs/{alike[1]}/resolve", json={"action": "adopt", "flowSessionId": session_id}
    )
    assert taken.status_code == 409
    resolve(app, alike[1], {"action": "resubmit"})  # nobody's session is left
    runs = [app.until(run_id, seconds=40) for run_id in alike]
    assert [run["status"] for run in runs] == ["Succeeded"] * 2
    assert len(app.dataverse.state().sessions) == 2


def test_an_operator_may_give_a_run_up(app: Broker) -> None:
    app.dataverse.add_fault(replace(LOST, times=2))
    alike = [app.start(inputs={"InvoiceNumber": "twin"}) for _ in range(2)]
    for run_id in alike:
        unconfirmed(app, run_id)
        run = resolve(app, run_id, {"action": "fail"})
        assert run["status"] == "Failed"
        assert run["error"]["code"] == "GivenUp"
        assert run["error"]["robotMayHaveStarted"] is None


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({}, "action"),
        ({"action": "shrug"}, "action"),
        ({"action": "adopt"}, "flowSessionId"),
        ({"action": "adopt", "flowSessionId": "x"}, "flowSessionId"),
        ({"action": "fail", "flowSessionId": "8" * 8}, "flowSessionId"),
        ({"action": "fail", "why": "because"}, "why"),
    ],
)
def test_a_resolution_that_is_not_valid_is_told_what_it_must_be(
    app: Broker, body: Json, target: str
) -> None:
    run_id = app.start()
    answer = app.http.post(f"/runs/{run_id}/resolve", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["target"] == target


def test_only_an_unconfirmed_run_can_be_resolved(app: Broker) -> None:
    run_id = app.start(inputs={"InvoiceNumber": "plain"})
    app.until(run_id)
    answer = app.http.post(f"/runs/{run_id}/resolve", json={"action": "fail"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "NotUnconfirmed"
    assert app.http.post("/runs/none/resolve", json={"action": "fail"}).status_code == 404

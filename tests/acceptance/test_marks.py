"""What shows whose a session is, where Dataverse writes it otherwise, elsewhere, or not at all.

The app has no public address: its callback URLs mark sessions and lead nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.emulator.catalogue import FINANCE_CONNECTION
from local.emulator.faults import Fault
from tests.support.broker import Broker, Json, broker
from tests.support.patience import until

LOST = Fault(action="RunDesktopFlow", lost_answer=True)
NEVER_DONE = Fault(action="RunDesktopFlow", html=502)
THROTTLED = Fault(action="RunDesktopFlow", error="runs_throttled", retry_after="1")
NO_ADDRESS = {
    "CALLBACK_BASE_URL": "",
    "SUBMISSION_DEADLINE_SECONDS": "5",
    "CONFIRM_ABSENT_SECONDS": "1",
}
ELSEWHERE = "shared-elsewhere-01"


@pytest.fixture(scope="module")
def whole_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("marks"), limit=1000, settings=NO_ADDRESS) as made:
        yield made


@pytest.fixture
def unlearnt(whole_module: Broker) -> Iterator[Broker]:
    """An app that has never seen a mark as it sent it; only tests that keep it so may use it."""
    yield whole_module
    whole_module.forget()


@pytest.fixture
def anew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """An app that has learnt nothing yet, and is for one test alone."""
    with broker(tmp_path_factory.mktemp("anew"), limit=1000, settings=NO_ADDRESS) as made:
        yield made


def settled(app: Broker, run_id: str) -> Json:
    """Wait until the run is final or somebody has to decide about it."""
    while True:
        run = app.until(run_id, "Succeeded", "Failed", "Unconfirmed")
        if run["status"] != "Unconfirmed" or run["needsOperator"]:
            return run


def sessions_made(app: Broker) -> int:
    """Count the sessions that Dataverse has made since it was reset."""
    return len(app.dataverse.state().sessions)


def start(app: Broker, name: str, **inputs: Any) -> str:
    return app.start(correlationId=name, inputs={"InvoiceNumber": name} | inputs)


@pytest.mark.parametrize("form", ["default_port", "host_upper", "trailing_slash", "blanks"])
def test_a_url_that_is_written_otherwise_still_leads_to_its_run(
    unlearnt: Broker, form: str
) -> None:
    """A stored ":443" was taken for kept, "none" was believed, and the robot worked twice."""
    unlearnt.dataverse.change_behaviour(callbackurl_column=form)
    unlearnt.until(start(unlearnt, f"first {form}"))
    unlearnt.dataverse.add_fault(LOST)
    run = settled(unlearnt, start(unlearnt, f"lost {form}"))
    assert (run["status"], run["attempts"]) == ("Succeeded", 1)
    unlearnt.dataverse.add_fault(NEVER_DONE)
    again = settled(unlearnt, start(unlearnt, f"never {form}"))
    assert (again["status"], again["attempts"]) == ("Succeeded", 2)
    assert sessions_made(unlearnt) == 3


@pytest.mark.parametrize("form", ["truncated", "percent_encoded"])
def test_a_url_that_names_nobody_any_more_is_left_to_an_operator(
    unlearnt: Broker, form: str
) -> None:
    unlearnt.dataverse.change_behaviour(callbackurl_column=form)
    unlearnt.until(start(unlearnt, f"first {form}"))
    unlearnt.dataverse.add_fault(LOST)
    run = settled(unlearnt, start(unlearnt, f"lost {form}"))
    assert run["status"] == "Unconfirmed"
    (candidate,) = run["candidates"]
    assert candidate["speaksAgainst"] == ["not known to be carrying this run's callback address"]
    assert "given this run's inputs" in candidate["speaksFor"]
    body = {"action": "adopt", "flowSessionId": candidate["flowSessionId"], "decidedBy": "Ann"}
    answer = unlearnt.http.post(f"/runs/{run['runId']}/resolve", json=body)
    assert answer.json()["needsOperator"] is False
    assert unlearnt.until(run["runId"])["status"] == "Succeeded"
    assert sessions_made(unlearnt) == 2


@pytest.mark.parametrize(
    ("column", "header"),
    [
        ("correlationid_column", "x-ms-correlation-id"),
        ("clienttrackingid_column", "x-ms-client-request-id"),
    ],
)
def test_an_id_that_dataverse_keeps_is_as_good_as_a_url(
    anew: Broker, column: str, header: str
) -> None:
    """With it "none" is believed, although a stranger runs the same flow on the same connection."""
    anew.dataverse.change_behaviour(callbackurl_column="dropped", **{column: header})
    anew.until(start(anew, "first"))
    anew.dataverse.create_session(inputs='{"InvoiceNumber":"never"}')
    anew.dataverse.add_fault(LOST)
    lost = settled(anew, start(anew, "lost"))
    assert (lost["status"], lost["attempts"]) == ("Succeeded", 1)
    anew.dataverse.add_fault(NEVER_DONE)
    never = settled(anew, start(anew, "never"))
    assert (never["status"], never["attempts"]) == ("Succeeded", 2)


@pytest.mark.parametrize("form", ["upper", "braces"])
def test_an_id_that_is_written_otherwise_shows_whose_a_session_is(
    unlearnt: Broker, form: str
) -> None:
    unlearnt.dataverse.change_behaviour(
        callbackurl_column="dropped",
        correlationid_column="x-ms-correlation-id",
        id_columns=form,
    )
    unlearnt.dataverse.add_fault(LOST)
    run_id = start(unlearnt, f"lost {form}", Note="shown to nobody")
    run = settled(unlearnt, run_id)
    assert (run["status"], run["attempts"]) == ("Succeeded", 1)


def test_where_the_mark_is_kept_a_lost_submission_is_settled_without_an_address(
    anew: Broker,
) -> None:
    anew.until(start(anew, "first"))
    anew.dataverse.create_session(inputs='{"InvoiceNumber":"never"}')
    anew.dataverse.add_fault(LOST)
    lost = settled(anew, start(anew, "lost"))
    anew.dataverse.add_fault(NEVER_DONE)
    never = settled(anew, start(anew, "never"))
    assert [(run["status"], run["attempts"]) for run in (lost, never)] == [
        ("Succeeded", 1),
        ("Succeeded", 2),
    ]
    urls = [each.callback_url or "" for each in anew.dataverse.state().submissions]
    assert all(url.startswith("https://desktop-flow-broker.invalid/") for url in urls)


def test_an_environment_that_refuses_the_mark_runs_without_it(anew: Broker) -> None:
    anew.dataverse.change_behaviour(refuse_unresolvable_callbacks=True)
    for name in ("first", "second"):
        run = anew.until(start(anew, name))
        assert (run["status"], run["attempts"]) == ("Succeeded", 2), "one may be chance"
    runs = [anew.until(start(anew, f"later {n}")) for n in range(3)]
    assert [(run["status"], run["attempts"]) for run in runs] == [("Succeeded", 1)] * 3


def test_a_throttle_does_not_make_a_run_carry_its_refused_mark_again(anew: Broker) -> None:
    """It cost a slot each time, as the throttle's reason took the place of the refusal's."""
    anew.dataverse.change_behaviour(refuse_unresolvable_callbacks=True)
    anew.dataverse.add_fault(replace(THROTTLED, skip=1))
    run = anew.until(start(anew, "throttled"))
    assert (run["status"], run["attempts"]) == ("Succeeded", 3)


def test_columns_that_an_older_environment_lacks_are_done_without(anew: Broker) -> None:
    missing = ["connectionid", "triggertype", "correlationid", "clienttrackingid"]
    anew.dataverse.change_behaviour(missing_columns=missing)
    anew.until(start(anew, "first"))
    anew.dataverse.add_fault(LOST)
    lost = settled(anew, start(anew, "lost"))
    assert (lost["status"], lost["attempts"]) == ("Succeeded", 1)


@pytest.mark.parametrize("ahead", [-3_600, 3_600])
def test_a_clock_an_hour_off_hides_no_session(unlearnt: Broker, ahead: int) -> None:
    unlearnt.dataverse.change_behaviour(callbackurl_column="dropped", clock_offset_seconds=ahead)
    unlearnt.until(start(unlearnt, f"first {ahead}"))
    unlearnt.dataverse.add_fault(LOST)
    run = settled(unlearnt, start(unlearnt, f"lost {ahead}"))
    assert (run["status"], run["attempts"]) == ("Succeeded", 1)
    assert sessions_made(unlearnt) == 2


@pytest.mark.parametrize(
    "inputs",
    [
        {"Note": "Nan"},
        {"Note": ["NaN", "inf"]},
        {"Amounts": [1, 2.50, "3"]},
        {"Deep": {"Amount": 1234567890123456.75, "On": True}},
        {"Empty": ""},
    ],
    ids=str,
)
def test_a_lost_session_is_found_whatever_its_inputs_are(
    unlearnt: Broker, inputs: dict[str, Any]
) -> None:
    """The text "Nan" excluded the run's own session, and the robot worked twice."""
    unlearnt.dataverse.change_behaviour(callbackurl_column="dropped")
    unlearnt.until(start(unlearnt, f"first {inputs}"))
    unlearnt.dataverse.add_fault(LOST)
    run = settled(unlearnt, start(unlearnt, f"lost {inputs}", **inputs))
    assert (run["status"], run["attempts"]) == ("Succeeded", 1)
    assert sessions_made(unlearnt) == 2


def test_a_strangers_session_is_never_adopted(unlearnt: Broker) -> None:
    """Over another connection it is not this run's; over the same one an operator decides."""
    unlearnt.dataverse.change_behaviour(callbackurl_column="dropped")
    unlearnt.until(start(unlearnt, "first"))
    unlearnt.dataverse.add_fault(NEVER_DONE)
    elsewhere = start(unlearnt, "elsewhere")
    unlearnt.dataverse.create_session(
        connection=ELSEWHERE, inputs='{"InvoiceNumber":"elsewhere"}', statuscode=4
    )
    run = settled(unlearnt, elsewhere)
    assert (run["status"], run["attempts"]) == ("Succeeded", 2)

    unlearnt.dataverse.add_fault(NEVER_DONE)
    here = start(unlearnt, "here")
    stranger = unlearnt.dataverse.create_session(
        connection=FINANCE_CONNECTION, inputs='{"InvoiceNumber":"a stranger\'s"}', statuscode=4
    )
    run = settled(unlearnt, here)
    assert run["status"] == "Unconfirmed"
    assert [each["flowSessionId"] for each in run["candidates"]] == [stranger.id]

    def needing() -> bool:
        lanes: list[Json] = unlearnt.http.get("/lanes").json()["value"]
        return [each for each in (lane["runsNeedingOperator"] for lane in lanes) if each] == [1]

    until(needing, "no lane counts it")
    _resubmit(unlearnt, run, stranger.id)


def _resubmit(app: Broker, run: Json, stranger: str) -> None:
    """Dataverse is asked first: without force and a reason nobody sends the robot again."""
    address = f"/runs/{run['runId']}/resolve"
    refused = app.http.post(address, json={"action": "resubmit"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SessionsFound")
    found = refused.json()["error"]["innererror"]["candidates"]
    assert [each["flowSessionId"] for each in found] == [stranger]
    body = {"action": "resubmit", "force": True, "reason": "it is Bob's", "decidedBy": "Ann"}
    assert app.http.post(address, json=body).status_code == 200
    run = app.until(run["runId"])
    assert (run["status"], run["attempts"], run["needsOperator"]) == ("Succeeded", 2, False)
    assert run["decision"]["forced"] is True


def test_a_resubmission_that_comes_too_early_is_told_to_wait(unlearnt: Broker) -> None:
    unlearnt.dataverse.change_behaviour(callbackurl_column="dropped")
    unlearnt.dataverse.add_fault(replace(NEVER_DONE, times=1))
    run_id = start(unlearnt, "early")
    unlearnt.until(run_id, "Unconfirmed")
    answer = unlearnt.http.post(f"/runs/{run_id}/resolve", json={"action": "resubmit"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "StillConfirming")
    assert unlearnt.until(run_id)["attempts"] == 2

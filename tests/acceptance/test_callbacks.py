"""Promise 4: a callback is a hint to look, never evidence; each one ends as it should."""

from __future__ import annotations

import httpx
import pytest

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json
from tests.support.patience import until

LONGEST_WAIT = 5
"""Seconds after which a run's next callback is admitted, just after one was: 0.2 a second."""


def callback_url(app: Broker, run_id: str) -> str:
    """The address that Dataverse was given for this run, once it has arrived there."""
    url = app.until_submitted(run_id)[0].callback_url
    assert url is not None
    return url


def delivered(app: Broker, count: int) -> list[int | None]:
    """The answers to Dataverse's own callbacks, once so many have come."""

    def seen() -> list[int | None] | None:
        deliveries = app.dataverse.state().deliveries
        return [each.status for each in deliveries] if len(deliveries) >= count else None

    return until(seen, "no such callback")


def call_back(url: str, session_id: str, **fields: object) -> httpx.Response:
    """Post what Dataverse would (the Dataverse contract, section 7); nobody needs a key."""
    body = {"statuscode": 4, "statecode": 0, "flowsessionid": session_id} | fields
    return httpx.post(url, json=body)


@pytest.fixture
def running(app: Broker) -> Json:
    """A run whose robot works until the test lets it end; its callback is not sent by itself."""
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    return app.until(app.start(), "Running")


def test_a_genuine_callback_ends_the_run_with_what_dataverses_row_says(app: Broker) -> None:
    run = app.until(app.start())
    assert run["status"] == "Succeeded"
    assert delivered(app, 1) == [200]
    assert run["startedAt"]
    assert run["completedAt"]


def test_a_wrong_signature_is_404_and_costs_no_request(app: Broker, running: Json) -> None:
    url = callback_url(app, running["runId"])
    before = app.session_requests()
    forged = url[:-32] + "0" * 32
    for address in (forged, url.replace(running["runId"], "x" * 43), url[:-1], url + "0"):
        answer = call_back(address, running["flowSessionId"])
        assert answer.status_code == 404, address
        assert answer.json()["error"]["code"] == "NotFound"
    assert app.session_requests() == before
    assert app.run(running["runId"])["status"] == "Running"


def test_a_callback_for_another_runs_session_is_409_and_changes_nothing(
    app: Broker, running: Json
) -> None:
    other = app.until(app.start(), "Running")
    url = callback_url(app, running["runId"])
    before = app.session_requests()
    answer = call_back(url, other["flowSessionId"])
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "OtherSession"
    assert app.session_requests() == before
    assert app.run(running["runId"]) == running


def test_a_callback_for_a_session_unknown_to_dataverse_is_409(app: Broker, running: Json) -> None:
    answer = call_back(callback_url(app, running["runId"]), "00000000-0000-0000-0000-00000000dead")
    assert answer.status_code == 409
    assert app.run(running["runId"]) == running


def test_a_callback_for_a_running_session_is_202_and_no_evidence(
    app: Broker, running: Json
) -> None:
    """The body says Succeeded, Dataverse's row says Running: the row decides."""
    answer = call_back(callback_url(app, running["runId"]), running["flowSessionId"])
    assert answer.status_code == 202
    assert app.run(running["runId"])["status"] == "Running"


def test_too_many_callbacks_for_one_run_are_429_and_the_run_is_found_all_the_same(
    app: Broker, running: Json
) -> None:
    """Whoever is refused is lost to nobody: the watch on the run remains."""
    url, session_id = callback_url(app, running["runId"]), running["flowSessionId"]
    answers = [call_back(url, session_id) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {202, 429}
    assert refused[0].json()["error"]["code"] == "TooMany"
    assert int(refused[0].headers["retry-after"]) > 0
    app.dataverse.finish_session(session_id)
    assert app.until(running["runId"])["status"] == "Succeeded"


def test_a_genuine_callback_that_is_429_is_not_repeated_and_the_ending_is_found(
    app: Broker, running: Json
) -> None:
    """Dataverse repeats a callback after 408 and 5xx alone: a limit adds nothing to a flood."""
    url, session_id = callback_url(app, running["runId"]), running["flowSessionId"]

    def refused_for_long() -> bool:
        """Until the next one is admitted there is time for all that the test does."""
        answer = call_back(url, session_id)
        return answer.status_code == 429 and int(answer.headers["retry-after"]) == LONGEST_WAIT

    until(refused_for_long)
    app.dataverse.finish_session(session_id)
    app.dataverse.release("callbacks")
    assert app.until(running["runId"])["status"] == "Succeeded"
    assert delivered(app, 1) == [429]


def test_the_same_callback_five_times_is_recorded_once(app: Broker, running: Json) -> None:
    app.dataverse.finish_session(running["flowSessionId"])
    url, session_id = callback_url(app, running["runId"]), running["flowSessionId"]
    first = call_back(url, session_id)
    run = app.run(running["runId"])
    before = app.session_requests()
    rest = [call_back(url, session_id) for _ in range(4)]
    assert [answer.status_code for answer in (first, *rest)] == [200] * 5
    assert app.session_requests() == before
    assert app.run(running["runId"]) == run
    assert run["status"] == "Succeeded"


def test_a_callback_that_lies_about_the_ending_records_the_rows(app: Broker, running: Json) -> None:
    app.dataverse.finish_session(
        running["flowSessionId"],
        statuscode=8,
        errorcode="MachineNotFound",
        errormessage="The machine is gone.",
    )
    answer = call_back(callback_url(app, running["runId"]), running["flowSessionId"], statuscode=4)
    assert answer.status_code == 200
    run = app.run(running["runId"])
    assert run["status"] == "Failed"
    assert run["error"]["code"] == "MachineNotFound"
    assert run["error"]["robotMayHaveStarted"] is True


def test_a_callback_before_the_answer_was_recorded_ends_the_run(app: Broker) -> None:
    """The robot can be quicker than the answer to RunDesktopFlow."""
    app.dataverse.hold("answers")
    run_id = app.start()
    run = app.until(run_id)
    assert run["status"] == "Succeeded"
    app.dataverse.release("answers")
    after = app.until(run_id)
    assert after["status"] == "Succeeded"
    assert after["doubleFlowSessionIds"] == []
    assert len(app.submissions(run_id)) == 1


def test_a_session_that_is_not_this_runs_is_not_adopted_before_the_answer(app: Broker) -> None:
    """Only a session whose row carries this run's own callback URL is taken."""
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    other = app.until(app.start(), "Running")
    app.dataverse.hold("answers")
    run_id = app.start()
    app.until(run_id, "Submitting")
    answer = call_back(callback_url(app, run_id), other["flowSessionId"])
    assert answer.status_code == 409
    assert app.run(run_id)["flowSessionId"] is None


def test_without_any_callback_polling_finds_the_ending(app: Broker) -> None:
    app.dataverse.hold("callbacks")
    run = app.until(app.start())
    assert run["status"] == "Succeeded"
    assert app.dataverse.state().deliveries == ()
    queries = [each.query for each in app.dataverse.requests("/api/data/v9.2/flowsessions")]
    assert any("flowsessionid" in query and run["flowSessionId"] in query for query in queries)


def test_while_dataverse_cannot_be_asked_the_answer_is_503_and_the_repeat_is_recorded(
    app: Broker,
) -> None:
    """Dataverse repeats a callback after 5xx: three times, a second apart."""
    app.dataverse.add_fault(Fault(method="GET", path=r"flowsessions\(", status=500, times=1))
    run = app.until(app.start())
    assert run["status"] == "Succeeded"
    assert delivered(app, 2) == [503, 200]


@pytest.mark.parametrize(
    ("content", "status", "target"),
    [
        (b"{" + b" " * 20_000 + b"}", 413, "body"),
        (b"not json", 400, "body"),
        (b"[]", 400, "flowsessionid"),
        (b"{}", 400, "flowsessionid"),
        (b'{"flowsessionid": "nonsense"}', 400, "flowsessionid"),
        (b'{"flowsessionid": 5}', 400, "flowsessionid"),
    ],
)
def test_a_body_that_names_no_session_is_refused_with_its_fault(
    app: Broker, running: Json, content: bytes, status: int, target: str
) -> None:
    before = app.session_requests()
    answer = httpx.post(callback_url(app, running["runId"]), content=content)
    assert answer.status_code == status
    assert answer.json()["error"]["target"] == target
    assert app.session_requests() == before

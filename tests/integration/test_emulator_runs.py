"""The Dataverse emulator runs desktop flows: limits, machines, cancelling, callbacks."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import (
    FINANCE_CONNECTION,
    FINANCE_REFERENCE,
    HR_CONNECTION,
    MACHINE_GROUP_ID,
    POST_INVOICE,
)
from local.parts import Emulator
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from local.emulator.records import SessionSummary

RUN = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
TIME_SCALE = 100


class Receiver:
    """Where callbacks go: it notes them, and answers with the statuses it was given, then 200."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append((headers, body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/callback?run=It's"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("emulator")
    options = {"time_scale": TIME_SCALE, "machines": 2, "run_seconds": 2, "seed": 1}
    with Emulator(folder, **options) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def dataverse(part: Emulator) -> Iterator[httpx.Client]:
    with caller(part.url, part.identity_environment) as client:
        yield client


@pytest.fixture
def admin(part: Emulator) -> Iterator[EmulatorAdmin]:
    with EmulatorAdmin(part.url) as client:
        client.reset()
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def run(
    dataverse: httpx.Client, inputs: dict[str, Any] | None = None, **parameters: Any
) -> httpx.Response:
    given = {"runMode": "unattended", "connectionName": FINANCE_CONNECTION}
    given |= {} if inputs is None else {"inputs": json.dumps(inputs)}
    return dataverse.post(RUN, json=given | parameters)


def started(dataverse: httpx.Client, *arguments: Any, **parameters: Any) -> str:
    answer = run(dataverse, *arguments, **parameters)
    assert answer.status_code == 200, answer.text
    session: str = answer.json()["flowsessionId"]
    return session


def summary(admin: EmulatorAdmin, session: str) -> SessionSummary:
    return next(one for one in admin.state().sessions if one.id == session)


def ended(admin: EmulatorAdmin, session: str) -> SessionSummary:
    until(lambda: summary(admin, session).finished)
    return summary(admin, session)


def test_a_run_waits_works_and_succeeds_with_outputs(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.hold("machines")
    admin.hold("queue")
    session = started(dataverse, {"InvoiceNumber": "4711"})
    assert summary(admin, session).statuscode == 3
    admin.release("queue")
    assert summary(admin, session).statuscode == 2
    admin.release("machines")
    assert ended(admin, session).statuscode == 4
    row = dataverse.get(f"flowsessions({session})").json()
    assert (row["runmode"], row["triggertype"], row["statecode"]) == (2, 3, 0)
    assert row["_regardingobjectid_value"] == POST_INVOICE.id
    assert row["_machinegroupid_value"] == MACHINE_GROUP_ID
    outputs = dataverse.get(f"flowsessions({session})/outputs/$value")
    assert outputs.json() == {"InvoiceNumber": "4711", "Result": "Done"}


def test_the_answer_is_dataverses(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    answer = run(dataverse).json()
    context = "$metadata#Microsoft.Dynamics.CRM.RunDesktopFlowResponse"
    assert answer["@odata.context"] == f"{dataverse.base_url}{context}"
    assert answer["licenseCheck"]["code"] == "ValidLicenseCoverage"
    admin.change_behaviour(licence_code=None)
    assert "licenseCheck" not in run(dataverse).json()


@pytest.mark.parametrize(
    ("outcome", "errorcode"),
    [("fail", "ActionFailed"), *((code, code) for code in ("AccountLockedOut", "WcfServerCrash"))],
)
def test_inputs_can_ask_for_a_failure(
    dataverse: httpx.Client, admin: EmulatorAdmin, outcome: str, errorcode: str
) -> None:
    end = ended(admin, started(dataverse, {"Outcome": outcome}))
    assert (end.statuscode, end.errorcode) == (8, errorcode)
    assert (end.started_ms is None) == (outcome == "AccountLockedOut")


def test_a_run_that_hangs_ends_by_its_timeout(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    first = started(dataverse, {"Outcome": "hang"}, timeout=3)
    assert ended(admin, first).statuscode == 10
    admin.change_behaviour(timed_out_statuscode=8)
    end = ended(admin, started(dataverse, {"RunSeconds": 9}, timeout=3))
    assert (end.statuscode, end.errorcode) == (8, "DesktopFlowsActionTimeout")


def test_each_machine_works_one_run_at_a_time_and_priority_goes_first(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.hold("machines")
    running = [started(dataverse) for _ in range(2)]
    later = started(dataverse)
    urgent = started(dataverse, runPriority="high")
    codes = {one.id: one.statuscode for one in admin.state().sessions}
    assert codes == {running[0]: 2, running[1]: 2, later: 3, urgent: 3}
    admin.finish_session(running[0])
    assert summary(admin, urgent).statuscode == 2
    assert summary(admin, later).statuscode == 3
    admin.release("machines")
    assert ended(admin, later).statuscode == 4


def test_a_cancelled_run_turns_cancelled_a_little_later(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    session = started(dataverse, {"Outcome": "hang"})
    cancel = f"flowsessions({session})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun"
    assert dataverse.post(cancel).status_code == 204
    assert ended(admin, session).statuscode == 7
    assert dataverse.post(cancel).status_code == 400
    admin.change_behaviour(cancel_of_finished="accepted")
    assert dataverse.post(cancel).status_code == 204


def test_a_connection_takes_seventy_runs_a_minute_by_either_of_its_names(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    names = [{}, {"connectionName": FINANCE_REFERENCE, "connectionType": 2}] * 36
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda name: run(dataverse, **name), names))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 2
    assert refused[0].json()["error"]["code"] == "DesktopFlowsActionThrottled"
    assert 50 <= int(refused[0].headers["Retry-After"]) <= 60
    assert run(dataverse, connectionName=HR_CONNECTION).status_code == 200
    state = admin.state()
    outcomes = [one.outcome for one in state.submissions if one.connection == FINANCE_CONNECTION]
    assert (outcomes.count("accepted"), outcomes.count("throttled")) == (70, 2)
    assert len(state.sessions) == 71
    assert all(0 <= state.now_ms - one.arrived_ms < 60_000 for one in state.submissions)


def test_too_many_runs_can_be_told_by_a_failed_session(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.change_behaviour(throttle_as="session", runs_per_window=1)
    started(dataverse)
    end = summary(admin, started(dataverse))
    assert (end.statuscode, end.errorcode) == (8, "DesktopFlowsActionThrottled")
    assert [one.outcome for one in admin.state().submissions] == ["accepted", "throttled"]


def test_the_callback_is_the_documented_one(
    dataverse: httpx.Client, admin: EmulatorAdmin, receiver: Receiver
) -> None:
    session = started(dataverse, callbackUrl=receiver.url)
    until(lambda: admin.state().deliveries)
    headers, body = receiver.seen[0]
    assert headers["user-agent"] == "EnterpriseConnectors/1.0"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert (headers["x-ms-workflow-id"], headers["x-ms-run-id"]) == (POST_INVOICE.id, session)
    row = dataverse.get(f"flowsessions({session})").json()
    names = ("statuscode", "statecode", "startedon", "completedon", "flowsessionid")
    assert json.loads(body) == {name: row[name] for name in names}
    assert row["callbackurl"] == receiver.url


def test_a_callback_is_repeated_three_times_on_a_servers_error_only(
    dataverse: httpx.Client, admin: EmulatorAdmin, receiver: Receiver
) -> None:
    receiver.statuses = [500, 408, 503, 502]
    started(dataverse, callbackUrl=receiver.url)
    until(lambda: len(admin.state().deliveries) == 4)
    receiver.statuses = [429]
    started(dataverse, callbackUrl=receiver.url)
    until(lambda: len(admin.state().deliveries) == 5)
    statuses = [delivery.status for delivery in admin.state().deliveries]
    assert statuses == [500, 408, 503, 502, 429]


def test_a_callback_can_be_held_sent_again_and_forged(
    dataverse: httpx.Client, admin: EmulatorAdmin, receiver: Receiver
) -> None:
    admin.hold("callbacks")
    session = started(dataverse, callbackUrl=receiver.url)
    ended(admin, session)
    assert admin.state().held == ("callbacks",)
    assert not receiver.seen
    sent = admin.send_callback(session, body={"statuscode": 8}, times=2)
    assert [delivery.status for delivery in sent] == [200, 200]
    assert [json.loads(body) for _, body in receiver.seen] == [{"statuscode": 8}] * 2
    admin.release("callbacks")
    until(lambda: len(receiver.seen) == 3)


def test_a_session_can_be_asked_to_call_back_again(
    dataverse: httpx.Client, admin: EmulatorAdmin, receiver: Receiver
) -> None:
    session = admin.create_session(statuscode=4, notify_url=receiver.url)
    action = "Microsoft.Dynamics.CRM.TriggerDesktopFlowRunCallback"
    answer = dataverse.post(f"flowsessions({session.id})/{action}")
    assert answer.json()["callbackHttpResponseCode"] == 200
    assert len(receiver.seen) == 1


def test_a_session_that_was_removed_is_gone_for_good(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.hold("machines")
    removed = [started(dataverse, {"RunSeconds": 0}) for _ in range(4)]
    admin.change_session(removed[0], errordetails="line 7")
    assert admin.session(removed[0]).errordetails == "line 7"
    for session in removed:
        admin.delete_session(session)
    admin.release("machines")
    ended(admin, started(dataverse))
    assert len(admin.state().sessions) == 1


def test_no_callback_comes_for_a_cancelled_run_if_so_wished(
    dataverse: httpx.Client, admin: EmulatorAdmin, receiver: Receiver
) -> None:
    admin.change_behaviour(callback_when_cancelled=False, callback_copies=2)
    first = started(dataverse, {"Outcome": "hang"}, callbackUrl=receiver.url)
    dataverse.post(f"flowsessions({first})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun")
    assert ended(admin, first).statuscode == 7
    second = started(dataverse, callbackUrl=receiver.url)
    until(lambda: len(admin.state().deliveries) == 2)
    assert {delivery.session_id for delivery in admin.state().deliveries} == {second}


def test_an_answer_can_be_held_while_the_run_goes_on(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.hold("answers")
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(run, dataverse)
        until(lambda: [one for one in admin.state().sessions if one.finished])
        assert not answer.done()
        admin.release("answers")
        assert answer.result().status_code == 200

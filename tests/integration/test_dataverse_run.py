"""The Dataverse client starts and cancels runs in the emulator, which counts what arrives."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import fetch_token
from local.emulator.catalogue import FINANCE_CONNECTION, FINANCE_REFERENCE, POST_INVOICE
from local.emulator.faults import Fault
from local.emulator.statuscodes import Status
from local.parts import Emulator
from shared.dataverse.client import DataverseClient
from shared.dataverse.errors import (
    AnsweredError,
    AppRefusedError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
)
from shared.domain.request import ConnectionType, RunMode, RunPriority, RunRequest
from tests.conftest import Until
from tests.support.dataverse import REQUEST, client_of, run
from tests.support.runs import called_back_at

NOBODY = "6e0b1c5e-0000-4000-8000-000000000000"
CALLBACK = "http://127.0.0.1:9/api/callbacks/1/2"
BEHIND = {
    "error": {
        "code": "0x80060467",
        "message": 'Flow client error returned with status code "BadGateway" and details "".',
    }
}
NO_SESSION = {"flowsessionId": "00000000-0000-0000-0000-000000000000"}
THROTTLED = {"error": {"code": "DesktopFlowsActionThrottled", "message": "too many"}}


@pytest.fixture
def dataverse(emulator: Emulator, admin: EmulatorAdmin) -> DataverseClient:
    admin.hold("callbacks")
    return client_of(emulator.url, fetch_token(emulator.url, emulator.identity_environment))


def test_a_run_is_started_as_it_was_asked_for(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    request = RunRequest(
        POST_INVOICE.id,
        FINANCE_REFERENCE,
        RunMode.ATTENDED,
        connection_type=ConnectionType.REFERENCE,
        run_priority=RunPriority.HIGH,
        timeout=600,
    )
    inputs = '{"InvoiceNumber":"4711"}'
    submitted = dataverse.run_desktop_flow(request, inputs, CALLBACK, seconds=5)
    (arrived,) = admin.state().submissions
    assert arrived.session_id == submitted.flow_session_id
    assert (arrived.connection, arrived.callback_url) == (FINANCE_CONNECTION, CALLBACK)
    assert (arrived.run_mode, arrived.run_priority) == ("attended", "high")
    assert admin.session(submitted.flow_session_id).inputs == inputs


@pytest.mark.parametrize("code", ["ValidLicenseCoverage", None])
def test_a_licence_in_order_is_not_mentioned(
    dataverse: DataverseClient, admin: EmulatorAdmin, code: str | None
) -> None:
    admin.change_behaviour(licence_code=code)
    assert run(dataverse).licence_warning is None


def test_a_missing_licence_is_told(dataverse: DataverseClient, admin: EmulatorAdmin) -> None:
    admin.change_behaviour(licence_code="UnattendedNoAddon")
    warning = run(dataverse).licence_warning
    assert warning
    assert warning.startswith("UnattendedNoAddon")


NO_FLOW = RunRequest(NOBODY, FINANCE_CONNECTION, RunMode.ATTENDED)
UNKNOWN_IS_400 = {"unknown_connection_status": 400}
NO_CONNECTION = RunRequest(POST_INVOICE.id, "shared-none", RunMode.ATTENDED)


@dataclass(frozen=True)
class Refusal:
    """What is wrong, and what Dataverse says to it."""

    status: int
    code: str
    word: str
    request: RunRequest = REQUEST
    behaviour: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(404, "0x80040217", NOBODY, request=NO_FLOW),
        Refusal(400, "ConnectionNotFound", "shared-none", NO_CONNECTION, UNKNOWN_IS_400),
        Refusal(403, "0x80040220", "privilege", behaviour={"may_trigger": False}),
        Refusal(403, "0x80072560", "not a member", behaviour={"member_of_organization": False}),
    ],
    ids=lambda refusal: refusal.word,
)
def test_a_refusal_keeps_dataverses_own_words(
    dataverse: DataverseClient, admin: EmulatorAdmin, refusal: Refusal
) -> None:
    admin.change_behaviour(**refusal.behaviour)
    with pytest.raises(AnsweredError) as raised:
        dataverse.run_desktop_flow(refusal.request, None, None, seconds=5)
    answer = raised.value.answer
    assert isinstance(raised.value, NotFoundError) == (refusal.status == 404)
    of_the_app = refusal.code == "0x80072560"
    assert isinstance(raised.value, AppRefusedError if of_the_app else RefusedError)
    assert (answer.status, answer.code) == (refusal.status, refusal.code)
    assert refusal.word in answer.message
    assert uuid.UUID(answer.request_id).int > 0
    assert len(admin.state().submissions) == 1


@pytest.mark.parametrize("told", [True, False])
def test_a_connection_at_its_limit_asks_to_wait(
    dataverse: DataverseClient, admin: EmulatorAdmin, told: bool
) -> None:
    admin.change_behaviour(runs_per_window=1, retry_after_header=told)
    run(dataverse)
    with pytest.raises(ThrottledError) as raised:
        run(dataverse)
    assert raised.value.answer.status == 429
    assert raised.value.retry_after in (range(1, 61) if told else [None])
    assert len(admin.state().submissions) == 2


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_a_connections_limit_is_known_by_its_code_whatever_the_status(
    dataverse: DataverseClient, admin: EmulatorAdmin, status: int
) -> None:
    fault = Fault(action="RunDesktopFlow", status=status, body=THROTTLED)
    admin.add_fault(fault)
    with pytest.raises(ThrottledError) as raised:
        run(dataverse)
    assert (raised.value.answer.status, raised.value.retry_after) == (status, None)


@pytest.mark.parametrize(
    ("fault", "robots"),
    [
        pytest.param(Fault(cut=True), 0, id="cut off before the work"),
        pytest.param(Fault(lost_answer=True), 1, id="cut off after the work"),
        pytest.param(Fault(lost_answer=True, work_after_ms=50), 1, id="cut off, then the work"),
        pytest.param(Fault(html=502), 0, id="502 in HTML"),
        pytest.param(Fault(html=504, do_work=True), 1, id="504 in HTML after the work"),
        pytest.param(Fault(status=500, do_work=True), 1, id="500 after the work"),
        pytest.param(Fault(status=503, headers={"Retry-After": "0"}), 0, id="503"),
        pytest.param(Fault(status=408), 0, id="408"),
        pytest.param(Fault(html=404), 0, id="404 in HTML"),
        pytest.param(Fault(html=403, do_work=True), 1, id="403 in HTML after the work"),
        pytest.param(Fault(status=400, body=BEHIND, do_work=True), 1, id="502 inside a 400"),
        pytest.param(Fault(status=200, body=NO_SESSION, do_work=True), 1, id="zeros for an id"),
        pytest.param(Fault(status=200, body="", do_work=True), 1, id="200 without a body"),
    ],
)
def test_a_start_of_unknown_outcome_arrives_once(
    dataverse: DataverseClient, admin: EmulatorAdmin, until: Until, fault: Fault, robots: int
) -> None:
    admin.add_fault(fault)
    with pytest.raises(OutcomeUnknownError):
        dataverse.run_desktop_flow(REQUEST, None, CALLBACK, seconds=0.5)
    until(lambda: len(admin.requests("/api/data")) == 1)
    until(lambda: len(admin.state().sessions) == robots)
    assert len(admin.state().submissions) == 1
    found = dataverse.sessions_marked(called_back_at(CALLBACK))
    assert len(found) == robots, "which is how a caller finds out"


def test_a_start_whose_answer_is_late_arrives_once(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    admin.hold("answers")
    with pytest.raises(OutcomeUnknownError):
        run(dataverse, seconds=0.3)
    admin.release("answers")
    assert len(admin.state().submissions) == len(admin.state().sessions) == 1


def test_a_session_is_cancelled_a_little_later(
    dataverse: DataverseClient, admin: EmulatorAdmin, until: Until
) -> None:
    admin.change_behaviour(cancel_seconds=0.05)
    session_id = run(dataverse).flow_session_id
    dataverse.cancel(session_id)
    until(lambda: dataverse.session(session_id).statuscode == Status.CANCELLED)


def test_a_finished_session_cannot_be_cancelled(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    finished = admin.create_session(statuscode=Status.SUCCEEDED)
    with pytest.raises(RefusedError) as raised:
        dataverse.cancel(finished.id)
    assert raised.value.answer.status == 400


def test_a_session_that_is_unknown_cannot_be_cancelled(dataverse: DataverseClient) -> None:
    with pytest.raises(NotFoundError):
        dataverse.cancel(NOBODY)


def test_a_cancellation_of_unknown_outcome_is_not_sent_again(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    session_id = run(dataverse).flow_session_id
    admin.add_fault(Fault(action="CancelDesktopFlowRun", html=502, times=None))
    with pytest.raises(OutcomeUnknownError):
        dataverse.cancel(session_id)
    assert len(admin.requests("/api/data/v9.2/flowsessions")) == 1

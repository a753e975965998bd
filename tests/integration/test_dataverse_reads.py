"""The Dataverse client reads sessions, files and connection references from the emulator."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import fetch_token
from local.emulator.catalogue import (
    DISABLED_REFERENCE,
    FINANCE_CONNECTION,
    FINANCE_REFERENCE,
    UNBOUND_REFERENCE,
)
from local.emulator.faults import Fault
from local.parts import Emulator
from shared.dataverse.client import DataverseClient
from shared.dataverse.errors import (
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    UnreadableRowsError,
)
from shared.dataverse.models import ConnectionReference
from shared.domain.amounts import as_doubles
from shared.domain.matching import agree
from shared.domain.request import RunMode
from shared.domain.session import StatusCode
from shared.domain.strict_json import compact, parse
from tests.support.dataverse import REQUEST, SESSION, client_of
from tests.support.runs import called_back_at
from tests.support.wire import answers, server

NOBODY = "6e0b1c5e-0000-4000-8000-000000000000"
CALLBACK = "https://broker.example/api/callbacks/It's-'1'&more=%20+#"


@pytest.fixture
def dataverse(emulator: Emulator, admin: EmulatorAdmin) -> DataverseClient:
    del admin  # it has put everything back
    return client_of(emulator.url, fetch_token(emulator.url, emulator.identity_environment))


def test_a_session_is_read_with_all_that_a_run_needs(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    made = admin.create_session(statuscode=8, callbackurl=CALLBACK)
    admin.change_session(made.id, errorcode="NoCandidateMachine", errormessage="none came")
    session = dataverse.session(made.id.upper())
    assert (session.id, session.statuscode) == (made.id, StatusCode.FAILED)
    assert (session.error_code, session.error_message) == ("NoCandidateMachine", "none came")
    assert session.callback_url == CALLBACK
    assert session.created_at == session.completed_at
    assert abs((session.created_at or 0) - made.created_ms) < 1000


def test_a_session_that_does_not_exist_is_not_found(dataverse: DataverseClient) -> None:
    with pytest.raises(NotFoundError):
        dataverse.session(NOBODY)


def test_many_sessions_are_read_a_hundred_a_query(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    ids = [admin.create_session(statuscode=4).id for _ in range(250)]
    assert set(dataverse.sessions(ids)) == set(ids)
    assert len(admin.requests("/api/data")) == 3


def test_sessions_that_do_not_exist_are_left_out(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    made = admin.create_session()
    assert set(dataverse.sessions([NOBODY, made.id])) == {made.id}


def test_no_sessions_are_not_asked_for(dataverse: DataverseClient, admin: EmulatorAdmin) -> None:
    assert dataverse.sessions([]) == {}
    assert admin.requests("/api/data") == []


def test_pages_are_read_to_the_last(dataverse: DataverseClient, admin: EmulatorAdmin) -> None:
    admin.change_behaviour(largest_page=2)
    ids = [admin.create_session(callbackurl=CALLBACK).id for _ in range(5)]
    assert set(dataverse.sessions(ids)) == set(ids)
    assert [session.id for session in dataverse.sessions_marked(called_back_at(CALLBACK))] == ids
    assert len(admin.requests("/api/data")) == 6


def test_a_page_that_fails_is_asked_for_again(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    admin.change_behaviour(largest_page=2)
    ids = [admin.create_session().id for _ in range(3)]
    admin.add_fault(Fault(method="GET", skip=1, html=502))
    assert set(dataverse.sessions(ids)) == set(ids)


@pytest.mark.parametrize("link", ["the other server", "/api/data/v9.2/flowsessions", 7, ""])
def test_a_next_page_elsewhere_is_neither_followed_nor_taken_for_the_end(link: Any) -> None:
    """The token is for this environment alone, and "none found" must never be half the truth."""
    with server(answers(200, {"value": []})) as other:
        where = f"{other.url}/api/data/v9.2/flowsessions" if link == "the other server" else link
        page: dict[str, Any] = {"value": [], "@odata.nextLink": where}
        with server(answers(200, page)) as dataverse, pytest.raises(OutcomeUnknownError):
            client_of(dataverse.url).sessions_marked(called_back_at(CALLBACK))
    assert other.heard == []


@pytest.mark.parametrize("body", [None, {}, {"value": None}, {"value": {}}, {"value": [7]}])
def test_an_answer_that_is_no_page_is_not_taken_for_none_found(body: Any) -> None:
    with server(answers(200, body)) as dataverse:
        client = client_of(dataverse.url)
        with pytest.raises(OutcomeUnknownError):
            client.sessions_marked(called_back_at(CALLBACK))
        with pytest.raises(OutcomeUnknownError):
            client.connection_reference(FINANCE_REFERENCE)


@pytest.mark.parametrize("body", [None, {}, {"flowsessionid": "7"}, {"flowsessionid": None}])
def test_an_answer_that_is_no_session_is_not_taken_for_one(body: Any) -> None:
    with server(answers(200, body)) as dataverse, pytest.raises(OutcomeUnknownError):
        client_of(dataverse.url).session(SESSION)


def test_sessions_are_found_by_their_callback_urls_oldest_first(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    """Whatever the URLs are made of, and by any of several keys' signatures."""
    other = "https://broker.example/api/callbacks/2"
    urls = (CALLBACK, other, CALLBACK.upper())
    ids = {admin.create_session(callbackurl=url).id for url in urls}
    admin.create_session(callbackurl=f"{CALLBACK}2")
    admin.create_session()
    found = dataverse.sessions_marked(called_back_at(other, CALLBACK))
    assert {session.id for session in found} == ids
    (asked,) = admin.requests("/api/data")
    assert asked.query.endswith("&$orderby=createdon")


@pytest.mark.parametrize("told_as", ["204", "404", "empty"])
def test_no_outputs_are_none_in_whichever_way_it_is_told(
    dataverse: DataverseClient, admin: EmulatorAdmin, told_as: str
) -> None:
    admin.change_behaviour(no_outputs=told_as)
    made = admin.create_session(statuscode=4)
    assert dataverse.outputs(made.id) is None


@pytest.mark.parametrize("told_as", ["204", "404", "empty"])
def test_outputs_of_a_session_that_is_gone_are_not_taken_for_none(
    dataverse: DataverseClient, admin: EmulatorAdmin, told_as: str
) -> None:
    admin.change_behaviour(no_outputs=told_as)
    made = admin.create_session(statuscode=4, outputs='{"Result": "Done"}')
    admin.delete_session(made.id)
    with pytest.raises(NotFoundError):
        dataverse.outputs(made.id)


def test_outputs_are_read_as_they_are(dataverse: DataverseClient, admin: EmulatorAdmin) -> None:
    made = admin.create_session(statuscode=4, outputs='{"Result":"Zoë \\ud83d\\ude00","N":1.5}')
    assert dataverse.outputs(made.id) == {"Result": "Zoë 😀", "N": 1.5}


def test_outputs_that_are_not_json_are_not_taken_for_none(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    made = admin.create_session(statuscode=4, outputs='{"Result": ')
    with pytest.raises(OutcomeUnknownError):
        dataverse.outputs(made.id)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (FINANCE_REFERENCE, (FINANCE_CONNECTION, True)),
        (FINANCE_REFERENCE.upper(), (FINANCE_CONNECTION, True)),
        (DISABLED_REFERENCE, (FINANCE_CONNECTION, False)),
        (UNBOUND_REFERENCE, (None, False)),
    ],
)
def test_a_connection_reference_stands_for_a_connection(
    dataverse: DataverseClient, name: str, found: tuple[str | None, bool]
) -> None:
    reference = dataverse.connection_reference(name)
    assert isinstance(reference, ConnectionReference)
    assert (reference.connection, reference.usable) == found


def test_many_callback_urls_take_as_many_requests_as_their_length_needs(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    """Fifty runs with two keys and a long address do not fit into one address of a request."""
    urls = [f"https://broker.example/{'x' * 1_700}/api/callbacks/{n}" for n in range(100)]
    ids = [admin.create_session(statuscode=2, callbackurl=urls[n]).id for n in (0, 50, 99)]
    assert [each.id for each in dataverse.sessions_marked(called_back_at(*urls))] == ids
    assert {each.status for each in admin.requests("/api/data")} == {200}
    assert 7 <= len(admin.requests("/api/data")) <= 9


def test_fifty_callback_urls_of_usual_length_take_one_request(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    urls = [f"https://{'b' * 40}.azurewebsites.net/api/callbacks/{n:076}" for n in range(50)]
    assert dataverse.sessions_marked(called_back_at(*urls)) == []
    assert len(admin.requests("/api/data")) == 1


def test_no_callback_urls_are_not_asked_for(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    assert dataverse.sessions_marked(called_back_at()) == []
    assert admin.requests("/api/data") == []


def test_a_row_that_is_no_session_does_not_keep_others_from_being_read() -> None:
    """It is left out, so it is asked for by itself, and fails alone."""
    rows = [{"flowsessionid": "7"}, {"flowsessionid": SESSION, "statuscode": 4}]
    with server(answers(200, {"value": rows})) as dataverse:
        assert set(client_of(dataverse.url).sessions([NOBODY, SESSION])) == {SESSION}


ZEROS = "00000000-0000-0000-0000-000000000000"
POISONED: list[Any] = [None, 7, "x", [], {}, {"flowsessionid": ZEROS}, {"flowsessionid": 7}]


@pytest.mark.parametrize("poisoned", POISONED)
def test_one_row_without_sense_leaves_the_others_readable(poisoned: Any) -> None:
    """But nothing is absent then: the row that cannot be read may be the one that is missed."""
    rows = [{"flowsessionid": SESSION, "statuscode": 4}, poisoned]
    with server(answers(200, {"value": rows})) as dataverse:
        client = client_of(dataverse.url)
        assert set(client.sessions([SESSION, NOBODY])) == {SESSION}
        with pytest.raises(UnreadableRowsError) as called_back:
            client.sessions_marked(called_back_at(CALLBACK))
        with pytest.raises(UnreadableRowsError) as since:
            client.sessions_since(NOBODY, 0)
    for raised in (called_back, since):
        assert [session.id for session in raised.value.readable] == [SESSION]


def test_values_without_sense_leave_their_row_readable() -> None:
    row: dict[str, Any] = {"flowsessionid": SESSION, "statuscode": "4"}
    row |= {"startedon": "0001-01-01T00:00:00Z"}
    row |= {"createdon": 7, "errorcode": ["x"], "errormessage": "\ud83d", "callbackurl": 7}
    with server(answers(200, row), answers(200, {"value": [row]})) as dataverse:
        client = client_of(dataverse.url)
        session = client.session(SESSION)
        assert (session.finished, session.started_at, session.created_at) == (True, None, None)
        assert client.sessions_marked(called_back_at(CALLBACK)) == [session]


def test_a_row_of_another_session_is_no_word_about_this_one() -> None:
    row = {"flowsessionid": NOBODY, "statuscode": 8}
    with server(answers(200, row)) as dataverse, pytest.raises(OutcomeUnknownError):
        client_of(dataverse.url).session(SESSION)


@pytest.mark.parametrize("body", ["<html>404 Not Found</html>", None, {"statusCode": 404}, {}])
def test_a_gateways_404_is_not_taken_for_dataverses(body: Any) -> None:
    """Its runs once ended as FlowSessionNotFound while their robots were at work."""
    with server(answers(404, body)) as dataverse:
        client = client_of(dataverse.url)
        for ask in (client.session, client.outputs, client.inputs):
            with pytest.raises(OutcomeUnknownError):
                ask(SESSION)


def test_a_connection_reference_is_found_behind_a_row_without_sense() -> None:
    good = {
        "connectionreferencelogicalname": FINANCE_REFERENCE,
        "connectionid": FINANCE_CONNECTION,
        "connectorid": "/providers/Microsoft.PowerApps/apis/shared_uiflow",
        "statecode": 0,
    }
    with server(answers(200, {"value": [None, {"connectionid": 7}, good]})) as dataverse:
        found = client_of(dataverse.url).connection_reference(FINANCE_REFERENCE)
    assert found == ConnectionReference(FINANCE_REFERENCE, FINANCE_CONNECTION)


@pytest.mark.parametrize(
    "outputs",
    ['{"A":1234567890123456.78}', '{"A":0.10,"B":[1E400,-0]}', '{"A":%s}' % ("7" * 5_000)],
)
def test_outputs_keep_the_digits_of_their_numbers(
    dataverse: DataverseClient, admin: EmulatorAdmin, outputs: str
) -> None:
    made = admin.create_session(statuscode=4, outputs=outputs)
    assert compact(dataverse.outputs(made.id)) == outputs


@pytest.mark.parametrize("amount", ["119.00", "1234567890123456.78", "[1.50, -0]", "1E400"])
def test_inputs_are_compared_as_doubles(dataverse: DataverseClient, amount: str) -> None:
    """If Dataverse rounds them, they are still the run's: its robot would work twice."""
    inputs = f'{{"Amount":{amount}}}'
    request = replace(REQUEST, run_mode=RunMode.ATTENDED)
    submitted = dataverse.run_desktop_flow(request, inputs, None, seconds=5)
    shown = dataverse.inputs(submitted.flow_session_id)
    assert shown == json.loads(inputs)
    assert agree(as_doubles(parse(inputs.encode())), shown)


@pytest.mark.parametrize("name", ["dfb_Nobody", "it's", "' or '1' eq '1", "a&$filter=b#c%27"])
def test_a_connection_reference_that_is_unknown_is_none(
    dataverse: DataverseClient, name: str
) -> None:
    assert dataverse.connection_reference(name) is None


OPTIONAL = ["connectionid", "triggertype", "correlationid", "clienttrackingid"]


@pytest.mark.parametrize("missing", [OPTIONAL[:1], OPTIONAL[1:3], OPTIONAL], ids=len)
def test_columns_that_this_environment_has_not_are_asked_for_once(
    dataverse: DataverseClient, admin: EmulatorAdmin, missing: list[str]
) -> None:
    admin.change_behaviour(missing_columns=missing)
    made = admin.create_session(correlationid="an id")
    for _ in range(2):
        session = dataverse.session(made.id)
        assert session.correlation_id == (None if "correlationid" in missing else "an id")
        assert session.connection == (None if "connectionid" in missing else FINANCE_CONNECTION)
    assert len(admin.requests("/api/data")) == len(missing) + 2


def test_a_refusal_of_something_else_is_told_as_it_is(
    dataverse: DataverseClient, admin: EmulatorAdmin
) -> None:
    """A row that is not there, and a text that no filter takes, are no missing columns."""
    with pytest.raises(NotFoundError):
        dataverse.session(NOBODY)
    assert len(admin.requests("/api/data")) == 1
    admin.change_behaviour(missing_columns=["callbackurl"])
    with pytest.raises(RefusedError, match="callbackurl"):
        dataverse.sessions([NOBODY])

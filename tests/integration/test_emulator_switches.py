"""The Dataverse emulator's switches for what no document settles: markers, clocks, endless runs."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import (
    FINANCE_CONNECTION,
    POST_INVOICE,
)
from local.parts import Emulator
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


RUN = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
VALID: dict[str, Any] = {"runMode": "unattended", "connectionName": FINANCE_CONNECTION}
URL = "https://Broker.example/api/callbacks/Run-1/signature"
REQUEST_ID = "3f2b1c5e-0000-4000-8000-00000000000a"
CORRELATION_ID = "3f2b1c5e-0000-4000-8000-00000000000b"
IDS = {"x-ms-client-request-id": REQUEST_ID, "x-ms-correlation-id": CORRELATION_ID}


@pytest.fixture
def dataverse(emulator: Emulator) -> Iterator[httpx.Client]:
    with caller(emulator.url, emulator.identity_environment) as client:
        yield client


def found_by(dataverse: httpx.Client, condition: str, select: str = "flowsessionid") -> list[Any]:
    answer = dataverse.get(f"flowsessions?$select={select}&$filter={quote(condition)}")
    assert answer.status_code == 200, answer.text
    return [row[select] for row in answer.json()["value"]]


@pytest.mark.parametrize(
    ("form", "stored", "is_found"),
    [
        ("kept", URL, True),
        ("dropped", None, False),
        ("default_port", URL.replace(".example", ".example:443"), False),
        ("host_lower", URL.lower().replace("run", "Run"), True),
        ("host_upper", URL.replace("Broker.example", "BROKER.EXAMPLE"), True),
        ("trailing_slash", f"{URL}/", False),
        ("percent_encoded", URL.replace("-", "%2D"), False),
        ("truncated", URL[:20], False),
        ("blanks", f" {URL} ", False),
    ],
)
def test_queries_compare_the_callback_url_as_it_is_stored(
    dataverse: httpx.Client, admin: EmulatorAdmin, form: str, stored: str | None, is_found: bool
) -> None:
    """The case does not matter to them; the callback still goes to the URL that was sent."""
    admin.change_behaviour(callbackurl_column=form, callbackurl_length=20)
    session = dataverse.post(RUN, json=VALID | {"callbackUrl": URL}).json()["flowsessionId"]
    assert dataverse.get(f"flowsessions({session})").json()["callbackurl"] == stored
    assert bool(found_by(dataverse, f"callbackurl eq '{URL}'")) == is_found
    if stored is not None:
        assert found_by(dataverse, f"callbackurl eq '{stored.upper()}'") == [session]
    assert admin.state().sessions[0].callback_url == URL


@pytest.mark.parametrize("host", ["broker.invalid", "INVALID", "a.b.Invalid.", "x.invalid:443"])
def test_names_that_never_resolve_can_be_refused(
    dataverse: httpx.Client, admin: EmulatorAdmin, host: str
) -> None:
    marked = VALID | {"callbackUrl": f"https://{host}/run"}
    admin.change_behaviour(refuse_unresolvable_callbacks=host != "INVALID")
    expected = 200 if host == "INVALID" else 400
    assert dataverse.post(RUN, json=marked).status_code == expected
    resolvable = VALID | {"callbackUrl": "https://invalid.example/invalid"}
    assert dataverse.post(RUN, json=resolvable).status_code == 200


def test_a_session_keeps_no_ids_of_the_request_unless_told_to(dataverse: httpx.Client) -> None:
    session = dataverse.post(RUN, json=VALID, headers=IDS).json()["flowsessionId"]
    row = dataverse.get(f"flowsessions({session})?$select=correlationid,clienttrackingid").json()
    assert (row["correlationid"], row["clienttrackingid"]) == (None, None)


@pytest.mark.parametrize("column", ["correlationid", "clienttrackingid"])
@pytest.mark.parametrize("header", list(IDS))
def test_either_column_can_keep_either_id_of_the_request(
    dataverse: httpx.Client, admin: EmulatorAdmin, column: str, header: str
) -> None:
    admin.change_behaviour(**{f"{column}_column": header})
    session = dataverse.post(RUN, json=VALID, headers=IDS).json()["flowsessionId"]
    without = dataverse.post(RUN, json=VALID).json()["flowsessionId"]
    assert admin.session(without).correlationid is None
    sent = IDS[header]
    for condition in (
        f"{column} eq '{sent.upper()}'",
        f'Microsoft.Dynamics.CRM.In(PropertyName=\'{column}\',PropertyValues=["x","{sent}"])',
    ):
        assert found_by(dataverse, condition) == [session]
        assert found_by(dataverse, condition, column) == [sent]
    other = next(one for one in IDS.values() if one != sent)
    assert found_by(dataverse, f"{column} eq '{other}'") == []


@pytest.mark.parametrize(
    ("form", "held"),
    [
        ("kept", REQUEST_ID),
        ("upper", REQUEST_ID.upper()),
        ("braces", f"{{{REQUEST_ID}}}"),
        ("bare", REQUEST_ID.replace("-", "")),
    ],
)
def test_the_ids_can_be_kept_in_another_form(
    dataverse: httpx.Client, admin: EmulatorAdmin, form: str, held: str
) -> None:
    admin.change_behaviour(correlationid_column="x-ms-client-request-id", id_columns=form)
    admin.change_behaviour(clienttrackingid_column="own")
    session = admin.session(dataverse.post(RUN, json=VALID, headers=IDS).json()["flowsessionId"])
    assert session.correlationid == held
    assert session.clienttrackingid
    assert session.clienttrackingid not in IDS.values()


@pytest.mark.parametrize("offset", [-90.0, 0.0, 3600.0])
def test_dataverses_clock_can_differ_in_rows_and_in_date(
    dataverse: httpx.Client, admin: EmulatorAdmin, offset: float
) -> None:
    admin.change_behaviour(clock_offset_seconds=offset)
    inputs = {"inputs": '{"RunSeconds": 0}'}
    answer = dataverse.post(RUN, json=VALID | inputs)
    session = answer.json()["flowsessionId"]
    until(lambda: admin.session(session).completed_ms)
    now = admin.state().now_ms / 1000 + offset
    made = admin.session(session)
    told = [parsedate_to_datetime(answer.headers["Date"]).timestamp()]
    told += [(ms or 0) / 1000 for ms in (made.created_ms, made.started_ms, made.completed_ms)]
    assert all(abs(at - now) < 30 for at in told)
    assert abs(admin.state().submissions[0].arrived_ms / 1000 + offset - now) < 30
    assert found_by(dataverse, "createdon gt 2020-01-01") == [session]
    admin.change_behaviour(date_header=False)
    assert "Date" not in dataverse.get("WhoAmI").headers


@pytest.mark.parametrize(
    "inputs",
    [
        '{"Amount": 1234567890123456.78, "Rate": 0.10, "Count": 3.0, "Huge": 1E400}',
        '{ "a" :1,\n"a": 2}',
        '{"a": -0, "b": ' + "9" * 5000 + "}",
        r'{"a": "\ud83d", "b": "\u00e4ä"}',
    ],
)
def test_inputs_are_kept_and_given_back_to_the_letter(
    dataverse: httpx.Client, admin: EmulatorAdmin, inputs: str
) -> None:
    session = dataverse.post(RUN, json=VALID | {"inputs": inputs}).json()["flowsessionId"]
    assert admin.session(session).inputs == inputs
    stored = dataverse.get(f"flowsessions({session})/inputs/$value").content
    assert stored == inputs.encode()
    admin.finish_session(session)
    until(lambda: admin.session(session).completed_ms)


def test_half_a_surrogate_in_the_inputs_is_kept_too(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    inputs = '{"a": "\ud83d"}'
    answer = dataverse.post(
        RUN,
        content=json.dumps(VALID | {"inputs": inputs}),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    assert admin.session(answer.json()["flowsessionId"]).inputs == inputs


def test_a_session_can_outlast_its_timeout_and_the_queue(tmp_path: Path) -> None:
    """On a time scale of 100,000 a day passes within a second."""
    with (
        Emulator(tmp_path, machines=1, time_scale=100_000) as part,
        caller(part.url, part.identity_environment) as dataverse,
        EmulatorAdmin(part.url) as admin,
    ):
        endless = VALID | {"inputs": '{"Outcome": "never"}', "timeout": 1}
        running = dataverse.post(RUN, json=endless).json()["flowsessionId"]
        admin.change_behaviour(queue_seconds=None)
        waiting = dataverse.post(RUN, json=VALID).json()["flowsessionId"]
        admin.change_behaviour(queue_seconds=6 * 3600)
        given_up = dataverse.post(RUN, json=VALID).json()["flowsessionId"]
        until(lambda: admin.session(given_up).errorcode == "NoCandidateMachine")
        assert (admin.session(running).statuscode, admin.session(waiting).statuscode) == (2, 3)
        admin.finish_session(running)
        until(lambda: admin.session(waiting).statuscode == 4)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"callbackurl_column": "mangled"}, "'callbackurl_column' must be"),
        ({"callbackurl_length": -1}, "callbackurl_length must not be negative"),
        ({"correlationid_column": "x-other"}, "'correlationid_column' must be"),
        ({"clock_offset_seconds": 1e12}, "thousand years"),
        ({"clock_offset_seconds": float("nan")}, "thousand years"),
        ({"connections_refused_by_name": "shared"}, "'connections_refused_by_name' must be"),
        ({"connections_refused_by_name": [1]}, "'connections_refused_by_name' must be"),
        ({"unknown_connection_status": 200}, "status of an error"),
        ({"queue_seconds": -1}, "queue_seconds must not be negative"),
    ],
)
def test_a_switch_that_cannot_be_set_so_is_refused_with_a_reason(
    admin: EmulatorAdmin, fields: dict[str, Any], reason: str
) -> None:
    before = admin.behaviour()
    with pytest.raises(ValueError, match=reason):
        admin.change_behaviour(**fields)
    assert admin.behaviour() == before

"""The Dataverse emulator answers as the Web API does, to the product's own client too."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from azure.identity import ManagedIdentityCredential

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import (
    FINANCE_CONNECTION,
    FINANCE_REFERENCE,
    POST_INVOICE,
    READ_BALANCE,
    UNBOUND_REFERENCE,
)
from local.parts import Emulator
from shared.dataverse.client import DataverseClient
from shared.dataverse.edge import seconds_left
from shared.dataverse.errors import NotFoundError
from shared.dataverse.token import TokenSource
from shared.dataverse.web_api import WebApi
from shared.domain.privileges import PRIVILEGES
from tests.support.runs import called_back_at

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
NOBODY = "6e0b1c5e-0000-4000-8000-000000000000"
VALID: dict[str, Any] = {"runMode": "unattended", "connectionName": FINANCE_CONNECTION}


@pytest.fixture
def dataverse(emulator: Emulator) -> Iterator[httpx.Client]:
    with caller(emulator.url, emulator.identity_environment) as client:
        yield client


@pytest.fixture
def product(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> DataverseClient:
    for name, value in emulator.identity_environment.items():
        monkeypatch.setenv(name, value)
    tokens = TokenSource(f"{emulator.url}/.default", ManagedIdentityCredential)
    return DataverseClient(WebApi(emulator.url, tokens, pool_size=2))


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    value: list[dict[str, Any]] = answer.json()["value"]
    return value


def test_the_products_client_finds_its_sessions_with_a_managed_identity(
    product: DataverseClient, admin: EmulatorAdmin
) -> None:
    url = "https://broker.example/api/callbacks/it's+mine%20"
    ours = [admin.create_session(callbackurl=url, statuscode=4) for _ in range(2)]
    other = admin.create_session(callbackurl="https://broker.example/")
    found = product.sessions([*(one.id for one in ours), NOBODY])
    assert set(found) == {one.id for one in ours}
    assert [one.id for one in product.sessions_marked(called_back_at(url.upper(), "x"))] == [
        one.id for one in ours
    ]
    assert product.session(other.id).statuscode == 2
    with pytest.raises(NotFoundError):
        product.session(NOBODY)
    admin.expire_tokens()
    product.cancel(other.id)


def test_the_products_client_reads_connection_references(product: DataverseClient) -> None:
    reference = product.connection_reference(FINANCE_REFERENCE)
    assert reference
    assert (reference.connection, reference.usable) == (FINANCE_CONNECTION, True)
    unbound = product.connection_reference(UNBOUND_REFERENCE)
    assert unbound
    assert (unbound.connection, unbound.usable) == (None, False)
    assert product.connection_reference("dfb_Nobody's") is None


def test_an_identity_must_be_asked_for_as_in_app_service(emulator: Emulator) -> None:
    endpoint = emulator.identity_environment["IDENTITY_ENDPOINT"]
    header = {"X-IDENTITY-HEADER": emulator.identity_environment["IDENTITY_HEADER"]}
    asked = {"resource": "https://other.example", "api-version": "2019-08-01"}
    assert httpx.get(endpoint, params=asked).status_code == 401
    assert httpx.get(endpoint, params=asked | {"api-version": "1"}, headers=header).is_client_error
    token = httpx.get(endpoint, params=asked, headers=header).json()
    assert token["token_type"] == "Bearer"
    assert token["expires_on"].isdecimal()
    who = f"{emulator.url}/api/data/v9.2/WhoAmI"
    for value in ("", "Bearer nonsense", f"Bearer {token['access_token']}"):
        assert httpx.get(who, headers={"Authorization": value}).status_code == 401


def test_every_answer_tells_what_is_left(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    admin.change_behaviour(requests_per_window=2)
    first, _, third = (dataverse.get("WhoAmI") for _ in range(3))
    assert set(first.json()) == {"@odata.context", "BusinessUnitId", "UserId", "OrganizationId"}
    assert first.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "1"
    assert first.headers["x-ms-dop-hint"]
    assert "ARRAffinity" in first.cookies
    assert error_of(third) == (429, "0x80072322")
    assert 290 <= int(third.headers["Retry-After"]) <= 300
    admin.change_behaviour(requests_per_window=6000, concurrent_requests=0)
    assert error_of(dataverse.get("WhoAmI")) == (429, "0x80072326")


def test_whoever_is_refused_is_refused_until_retry_after_ends(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    """Though the window has slid on by then: that is in whole seconds, as documented."""
    admin.change_behaviour(requests_per_window=1, request_window_seconds=0.2)
    assert dataverse.get("WhoAmI").status_code == 200
    refused = dataverse.get("WhoAmI")
    assert (error_of(refused), refused.headers["Retry-After"]) == ((429, "0x80072322"), "1")
    refused_at, answer = time.monotonic(), refused
    while answer.status_code == 429:
        time.sleep(0.05)
        answer = dataverse.get("WhoAmI")
    assert time.monotonic() - refused_at >= 0.8


def test_numbers_are_told_with_commas(dataverse: httpx.Client) -> None:
    left = dataverse.get("WhoAmI").headers["x-ms-ratelimit-time-remaining-xrm-requests"]
    assert left.startswith("1,")
    assert seconds_left(left) == pytest.approx(1_200, abs=5)


def test_execution_time_has_a_limit_over_all_calls(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    """A submission that takes long leaves less to the queries of the same user."""
    admin.change_behaviour(answer_ms=300, execution_seconds_per_window=0.25)
    path = f"workflows({READ_BALANCE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
    body = {"runMode": "unattended", "connectionName": FINANCE_CONNECTION}
    assert dataverse.post(path, json=body).status_code == 200
    refused = dataverse.get("WhoAmI")
    assert error_of(refused) == (429, "0x80072321")
    assert 290 <= int(refused.headers["Retry-After"]) <= 300
    assert refused.headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "0.00"
    admin.change_behaviour(execution_seconds_per_window=1200)
    assert dataverse.get("WhoAmI").status_code == 200


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"runMode": None}, "runMode"),
        ({"runMode": "sleeping"}, "runMode"),
        ({"connectionName": None}, "connectionName"),
        ({"connectionType": 3}, "connectionType"),
        ({"connectionType": "1"}, "connectionType"),
        ({"runPriority": "urgent"}, "runPriority"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": 86_401}, "timeout"),
        ({"timeout": 10.5}, "timeout"),
        ({"inputs": {"InvoiceNumber": "1"}}, "inputs"),
        ({"inputs": "[1]"}, "inputs"),
        ({"inputs": json.dumps({"x": "é" * 1_048_576}, ensure_ascii=False)}, "inputs"),
        ({"callbackUrl": "https://a.example/" + 2000 * "x"}, "callbackUrl"),
        ({"callbackUrl": "/relative"}, "callbackUrl"),
        ({"idempotencyKey": "1"}, "idempotencyKey"),
    ],
)
def test_a_wrong_parameter_is_named(
    dataverse: httpx.Client, admin: EmulatorAdmin, change: dict[str, Any], name: str
) -> None:
    answer = dataverse.post(RUN, json=VALID | change)
    assert answer.status_code == 400
    assert f"'{name}'" in answer.json()["error"]["message"]
    assert [one.outcome for one in admin.state().submissions] == ["refused"]


@pytest.mark.parametrize(
    "url",
    ["http://broker.example/", "https://10.0.0.1/", "https://[::1]/", "https://localhost/x"],
)
def test_callbacks_need_https_and_a_dns_name_where_that_is_asked_for(
    dataverse: httpx.Client, admin: EmulatorAdmin, url: str
) -> None:
    admin.change_behaviour(require_https_callbacks=True)
    assert dataverse.post(RUN, json=VALID | {"callbackUrl": url}).status_code == 400
    fine = VALID | {"callbackUrl": "https://broker.example/callbacks"}
    assert dataverse.post(RUN, json=fine).status_code == 200


def test_an_unknown_flow_or_connection_is_refused(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    elsewhere = RUN.replace(POST_INVOICE.id, NOBODY)
    assert error_of(dataverse.post(elsewhere, json=VALID)) == (404, "0x80040217")
    for change in (
        {"connectionName": "shared-nobody-01"},
        {"connectionType": 2},
        {"connectionName": FINANCE_REFERENCE},
    ):
        assert error_of(dataverse.post(RUN, json=VALID | change)) == (404, "ConnectionNotFound")
    load = {"connectionName": "shared-load-123"}
    assert dataverse.post(RUN, json=VALID | load).status_code == 200
    impersonating = dataverse.post(RUN, json=VALID, headers={"CallerObjectId": NOBODY})
    assert impersonating.status_code == 400
    assert not [one for one in admin.state().sessions if one.connection != "shared-load-123"]


def test_missing_privileges_are_told(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    session = admin.create_session()
    address = f"flowsessions({session.id})"
    admin.change_behaviour(may_read_sessions=False, may_cancel_sessions=False)
    for answer in (
        dataverse.get(address),
        dataverse.get("flowsessions"),
        dataverse.get(f"{address}/outputs/$value"),
        dataverse.post(f"{address}/Microsoft.Dynamics.CRM.CancelDesktopFlowRun"),
    ):
        assert error_of(answer) == (403, "0x80040220")
    admin.change_behaviour(member_of_organization=False)
    assert error_of(dataverse.get("WhoAmI")) == (403, "0x80072560")


def test_a_user_has_the_privileges_that_calls_ask_for(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    user = dataverse.get("WhoAmI").json()["UserId"]
    address = f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges"

    def held() -> set[str]:
        return {each["PrivilegeName"] for each in dataverse.get(address).json()["RolePrivileges"]}

    assert {each.name for each in PRIVILEGES} == held()
    for lacks in ("prvAppendToflowsession", "PRVCREATEFLOWSESSION"):
        admin.change_behaviour(missing_privileges=[lacks])
        assert lacks.lower() not in {each.lower() for each in held()}
        assert error_of(dataverse.post(RUN, json=VALID)) == (403, "0x80040220")
    admin.change_behaviour(missing_privileges=["prvReadconnectionreference"])
    assert error_of(dataverse.get("connectionreferences")) == (403, "0x80040220")
    assert error_of(dataverse.get(address.replace(user, NOBODY))) == (404, "0x80040217")


def test_sessions_are_filtered_ordered_and_cut_short(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    ids = [admin.create_session(connection=f"shared-load-{n}").id for n in range(3)]
    for n, session in enumerate(ids):
        admin.change_session(session, created_ms=1_700_000_000_000 + n * 1000)
    condition = quote(
        f"_regardingobjectid_value eq {POST_INVOICE.id} and triggertype eq 3 and "
        "createdon ge 2023-11-14T22:13:21Z and (connectionid eq 'SHARED-load-1' or "
        "statuscode eq 2)"
    )
    query = f"flowsessions?$select=connectionid&$filter={condition}&$orderby=createdon desc"
    found = rows(dataverse.get(query))
    assert [row["flowsessionid"] for row in found] == [ids[2], ids[1]]
    assert set(found[0]) == {"@odata.etag", "flowsessionid", "connectionid"}
    assert len(rows(dataverse.get(f"{query}&$top=1"))) == 1


@pytest.mark.parametrize(
    "query",
    [
        "$skip=1",
        "$expand=regardingobjectid_process",
        "$select=nonsense",
        "$orderby=nonsense",
        "$filter=nonsense eq 1",
        "$filter=contains(callbackurl,'x')",
        "$filter=not statuscode eq 1",
        "$filter=statuscode eq 'x'",
        "$filter=statuscode eq",
        "$filter=(statuscode eq 1",
        "$top=-1",
    ],
)
def test_a_query_that_is_not_served_is_refused(dataverse: httpx.Client, query: str) -> None:
    assert error_of(dataverse.get(f"flowsessions?{query}")) == (400, "0x80060888")


def test_pages_follow_one_another_until_the_end(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    ids = [admin.create_session(callbackurl="https://a.example/?x=1&y=2").id for _ in range(5)]
    literal = quote("callbackurl eq 'https://a.example/?x=1&y=2'")
    link, found = f"flowsessions?$select=statuscode&$filter={literal}&$orderby=createdon", []
    sizes = []
    while link:
        page = dataverse.get(link, headers={"Prefer": "odata.maxpagesize=2"}).json()
        sizes.append(len(page["value"]))
        found += [row["flowsessionid"] for row in page["value"]]
        link = page.get("@odata.nextLink", "")
    assert (found, sizes) == (ids, [2, 2, 1])


def test_a_hundred_sessions_are_read_by_one_query(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    ids = [admin.create_session().id for _ in range(100)]
    text = json.dumps(ids)
    condition = f"Microsoft.Dynamics.CRM.In(PropertyName='flowsessionid',PropertyValues={text})"
    found = rows(dataverse.get(f"flowsessions?$filter={quote(condition)}"))
    assert {row["flowsessionid"] for row in found} == set(ids)


@pytest.mark.parametrize(("kind", "status"), [("204", 204), ("404", 404), ("empty", 200)])
def test_no_outputs_are_told_in_whichever_way(
    dataverse: httpx.Client, admin: EmulatorAdmin, kind: str, status: int
) -> None:
    admin.change_behaviour(no_outputs=kind)
    session = admin.create_session(inputs='{"a": 1}')
    answer = dataverse.get(f"flowsessions({session.id})/outputs/$value")
    assert (answer.status_code, answer.content == b"") == (status, kind != "404")
    assert dataverse.get(f"flowsessions({session.id})/inputs/$value").json() == {"a": 1}


def test_files_can_be_read_in_parts(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    session = admin.create_session(outputs='{"Result": "Done"}')
    address = f"flowsessions({session.id})/outputs/$value"
    part = dataverse.get(address, headers={"Range": "bytes=2-7"})
    assert (part.status_code, part.text) == (206, "Result")
    assert part.headers["Content-Range"] == "bytes 2-7/18"


def test_a_session_can_lose_its_callback_url_or_show_up_late(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    url = "https://broker.example/callbacks/1"
    query = f"flowsessions?$select=callbackurl&$filter={quote(f'callbackurl eq {url!r}')}"
    admin.change_behaviour(session_visible_after_ms=60_000)
    session = dataverse.post(RUN, json=VALID | {"callbackUrl": url}).json()["flowsessionId"]
    assert rows(dataverse.get(query)) == []
    assert error_of(dataverse.get(f"flowsessions({session})")) == (404, "0x80040217")
    admin.change_behaviour(session_visible_after_ms=0, callbackurl_column="dropped")
    session = dataverse.post(RUN, json=VALID | {"callbackUrl": url}).json()["flowsessionId"]
    assert rows(dataverse.get(query)) == []
    assert dataverse.get(f"flowsessions({session})").json()["callbackurl"] is None

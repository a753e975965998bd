"""The emulator's connection references, bound anew while it runs, and its count of arrivals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import (
    FINANCE_CONNECTION,
    FINANCE_REFERENCE,
    HR_CONNECTION,
    POST_INVOICE,
    UNBOUND_REFERENCE,
)
from local.parts import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


RUN = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
VALID: dict[str, Any] = {"runMode": "unattended", "connectionName": FINANCE_CONNECTION}
BY_REFERENCE = VALID | {"connectionName": FINANCE_REFERENCE, "connectionType": 2}
URL = "https://Broker.example/api/callbacks/Run-1/signature"
REQUEST_ID = "3f2b1c5e-0000-4000-8000-00000000000a"
CORRELATION_ID = "3f2b1c5e-0000-4000-8000-00000000000b"
IDS = {"x-ms-client-request-id": REQUEST_ID, "x-ms-correlation-id": CORRELATION_ID}


@pytest.fixture
def dataverse(emulator: Emulator) -> Iterator[httpx.Client]:
    with caller(emulator.url, emulator.identity_environment) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_reference_stands_for_what_it_is_bound_to_when_the_run_is_sent(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    assert dataverse.post(RUN, json=BY_REFERENCE).status_code == 200
    bound = admin.bind_reference(FINANCE_REFERENCE.upper(), HR_CONNECTION)
    assert (bound.logical_name, bound.connection) == (FINANCE_REFERENCE, HR_CONNECTION)
    query = f"connectionreferences?$filter=connectionreferencelogicalname eq '{FINANCE_REFERENCE}'"
    assert [row["connectionid"] for row in dataverse.get(query).json()["value"]] == [HR_CONNECTION]
    for _ in range(2):
        assert dataverse.post(RUN, json=BY_REFERENCE).status_code == 200
    sessions = [one.connection for one in admin.state().sessions]
    assert sessions == [FINANCE_CONNECTION, HR_CONNECTION, HR_CONNECTION]
    arrivals = admin.arrivals()
    assert {key: one.most_in_window for key, one in arrivals.items()} == {
        FINANCE_CONNECTION: 1,
        HR_CONNECTION: 2,
    }
    admin.change_behaviour(runs_per_window=2)
    assert dataverse.post(RUN, json=BY_REFERENCE).status_code == 429
    assert dataverse.post(RUN, json=VALID).status_code == 200


@pytest.mark.parametrize(
    ("connection", "active"),
    [(None, True), (HR_CONNECTION, False), ("shared-deleted-01", True)],
)
def test_a_reference_that_stands_for_nothing_usable_is_refused(
    dataverse: httpx.Client, admin: EmulatorAdmin, connection: str | None, active: bool
) -> None:
    admin.bind_reference(FINANCE_REFERENCE, connection, active=active)
    assert error_of(dataverse.post(RUN, json=BY_REFERENCE)) == (404, "ConnectionNotFound")
    assert dataverse.post(RUN, json=VALID).status_code == 200
    admin.reset()
    assert dataverse.post(RUN, json=BY_REFERENCE).status_code == 200


def test_a_reference_that_was_bound_to_nothing_can_be_bound(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    parameters = BY_REFERENCE | {"connectionName": UNBOUND_REFERENCE}
    assert dataverse.post(RUN, json=parameters).status_code == 404
    admin.bind_reference(UNBOUND_REFERENCE, HR_CONNECTION)
    assert dataverse.post(RUN, json=parameters).status_code == 200


def test_a_connection_may_be_used_by_its_reference_and_not_by_its_name(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.change_behaviour(connections_refused_by_name=[FINANCE_CONNECTION])
    refused = dataverse.post(RUN, json=VALID)
    assert error_of(refused) == (403, "ConnectionAuthorizationFailed")
    assert dataverse.post(RUN, json=BY_REFERENCE).status_code == 200
    other = VALID | {"connectionName": HR_CONNECTION}
    assert dataverse.post(RUN, json=other).status_code == 200
    counted = admin.arrivals()[FINANCE_CONNECTION]
    assert (counted.accepted, counted.refused, counted.most_in_window) == (1, 1, 1)


def test_arrivals_are_told_for_each_marker(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    marked = VALID | {"callbackUrl": URL}
    first = dataverse.post(RUN, json=marked, headers=IDS).json()["flowsessionId"]
    second = dataverse.post(RUN, json=marked).json()["flowsessionId"]
    dataverse.post(RUN, json=VALID | {"callbackUrl": f"{URL}/other", "timeout": 0})
    by_url = admin.arrivals_by("callback_url")
    assert by_url[URL].sessions == (first, second)
    assert (by_url[f"{URL}/other"].arrived, by_url[f"{URL}/other"].refused) == (1, 1)
    assert admin.arrivals_by("client_request_id")[REQUEST_ID].sessions == (first,)
    assert admin.arrivals_by("correlation_id")[CORRELATION_ID].arrived == 1
    assert admin.arrivals(window_seconds=0.000_001)[FINANCE_CONNECTION].accepted == 2


def test_what_cannot_be_bound_or_counted_is_refused_with_a_reason(admin: EmulatorAdmin) -> None:
    with pytest.raises(ValueError, match="no reference 'dfb_Nobody'"):
        admin.bind_reference("dfb_Nobody", HR_CONNECTION)
    with pytest.raises(ValueError, match="'connection' must be"):
        admin._call("PUT", f"references/{FINANCE_REFERENCE}", {"connection": 1})
    with pytest.raises(ValueError, match="no arrivals by 'moon'"):
        admin._call("GET", "arrivals/moon")
    with pytest.raises(ValueError, match="could not convert"):
        admin._call("GET", "arrivals/connection?window_seconds=soon")

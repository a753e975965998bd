"""The Dataverse emulator answers oddly on demand: refusals, waits, ids, gateways' pages."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller, fetch_token
from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE, READ_BALANCE
from local.emulator.faults import EVERY_CALL, EVERY_TOKEN, Fault
from local.emulator.known_errors import KNOWN_ERRORS
from local.parts import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
PARAMETERS = {"runMode": "attended", "connectionName": FINANCE_CONNECTION}
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def dataverse(emulator: Emulator) -> Iterator[httpx.Client]:
    with caller(emulator.url, emulator.identity_environment) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


IDENTITY = [
    ("unauthorized", (401, "")),
    ("not_a_member", (403, "0x80072560")),
    ("missing_privilege", (403, "0x80040220")),
    ("access_denied", (403, "0x80048306")),
]


@pytest.mark.parametrize(("name", "told"), IDENTITY)
def test_the_apps_identity_can_be_refused_until_that_is_cleared(
    dataverse: httpx.Client,
    admin: EmulatorAdmin,
    emulator: Emulator,
    name: Any,
    told: tuple[int, str],
) -> None:
    """A new token changes nothing, and other faults stay when this one is cleared."""
    admin.add_fault(Fault(name="identity", path=EVERY_CALL, error=name, times=None))
    admin.add_fault(Fault(path="/WhoAmI", status=418, times=None))
    for _ in range(3):
        assert error_of(dataverse.get("flowsessions")) == told
        assert error_of(dataverse.post(RUN, json=PARAMETERS)) == told
    with caller(emulator.url, emulator.identity_environment) as renewed:
        assert error_of(renewed.get("flowsessions")) == told
    assert not admin.state().sessions
    admin.clear_faults("identity")
    assert dataverse.get("flowsessions").status_code == 200
    assert dataverse.get("WhoAmI").status_code == 418


@pytest.mark.parametrize(("name", "told"), IDENTITY)
def test_it_can_be_refused_for_some_calls_and_for_running_only(
    dataverse: httpx.Client, admin: EmulatorAdmin, name: Any, told: tuple[int, str]
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", error=name, times=2))
    assert dataverse.get("flowsessions").status_code == 200
    answers = [dataverse.post(RUN, json=PARAMETERS) for _ in range(3)]
    assert [error_of(answer) for answer in answers[:2]] == [told] * 2
    assert answers[2].status_code == 200
    assert [one.status for one in admin.state().submissions] == [told[0], told[0], 200]


def test_there_can_be_no_token(admin: EmulatorAdmin, emulator: Emulator) -> None:
    admin.add_fault(Fault(path=EVERY_TOKEN, status=500, times=2))
    for _ in range(2):
        with pytest.raises(httpx.HTTPStatusError, match="500"):
            fetch_token(emulator.url, emulator.identity_environment)
    assert fetch_token(emulator.url, emulator.identity_environment)


@pytest.mark.parametrize("name", KNOWN_ERRORS)
def test_every_error_that_has_a_name_has_dataverses_form(
    dataverse: httpx.Client, admin: EmulatorAdmin, name: Any
) -> None:
    admin.add_fault(Fault(path="/WhoAmI", error=name))
    answer = dataverse.get("WhoAmI")
    assert answer.is_error
    assert set(answer.json()["error"]) == {"code", "message"}
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("too_many_requests", (429, "0x80072322")),
        ("too_much_time", (429, "0x80072321")),
        ("too_concurrent", (429, "0x80072326")),
        ("throttled_without_code", (429, "")),
        ("runs_throttled", (429, "DesktopFlowsActionThrottled")),
        ("unavailable", (503, "")),
    ],
)
@pytest.mark.parametrize(
    "wait", ["7", "0", "-5", "99999999999999999999", "1.5", "soon, perhaps", "", "\u00b2"]
)
def test_a_wait_can_be_told_in_any_form(
    dataverse: httpx.Client, admin: EmulatorAdmin, name: Any, told: tuple[int, str], wait: str
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", error=name, retry_after=wait))
    answer = dataverse.post(RUN, json=PARAMETERS)
    assert (error_of(answer), answer.headers["Retry-After"]) == (told, wait)
    assert not admin.state().sessions


@pytest.mark.parametrize("seconds", [-3600, 0, 90, 10**9])
def test_a_wait_can_be_told_as_a_date(
    dataverse: httpx.Client, admin: EmulatorAdmin, seconds: float
) -> None:
    admin.add_fault(Fault(path="/WhoAmI", html=503, retry_after_date=seconds))
    answer = dataverse.get("WhoAmI")
    until = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp()
    assert abs(until - (admin.state().now_ms / 1000 + seconds)) < 30


@pytest.mark.parametrize("do_work", [False, True])
def test_one_flow_can_always_fail_before_its_session_is_made_or_after(
    dataverse: httpx.Client, admin: EmulatorAdmin, do_work: bool
) -> None:
    admin.add_fault(
        Fault(workflow=POST_INVOICE.id.upper(), error="internal", times=None, do_work=do_work)
    )
    for _ in range(3):
        assert error_of(dataverse.post(RUN, json=PARAMETERS)) == (500, "0x80040216")
    other = RUN.replace(POST_INVOICE.id, READ_BALANCE.id)
    assert dataverse.post(other, json=PARAMETERS).status_code == 200
    flows = [session.workflow_id for session in admin.state().sessions]
    assert flows == [POST_INVOICE.id] * (3 * do_work) + [READ_BALANCE.id]


@pytest.mark.parametrize("do_work", [False, True])
@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("flow_client_bad_gateway", "BadGateway"),
        ("flow_client_unavailable", "ServiceUnavailable"),
        ("flow_client_timeout", "GatewayTimeout"),
        ("flow_client_internal", "InternalServerError"),
        ("flow_client_bad_request", "BadRequest"),
    ],
)
def test_a_refusal_can_hold_another_status(
    dataverse: httpx.Client, admin: EmulatorAdmin, name: Any, inner: str, do_work: bool
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", error=name, do_work=do_work))
    answer = dataverse.post(RUN, json=PARAMETERS)
    assert error_of(answer) == (400, "0x80060467")
    begin = f'Flow client error returned with status code "{inner}" and details "'
    assert answer.json()["error"]["message"].startswith(begin)
    assert len(admin.state().sessions) == do_work


def test_a_session_is_told_by_odd_ids(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    """The session is made all the same, under an id of its own."""
    told: dict[str, Any] = {}
    for odd in ("zeros", "upper", "braces", "bare", "null", "empty", "number", "text"):
        admin.add_fault(Fault(action="RunDesktopFlow", session_id=odd))
        told[odd] = dataverse.post(RUN, json=PARAMETERS).json()["flowsessionId"]
    admin.add_fault(Fault(action="RunDesktopFlow", session_id="absent"))
    assert "flowsessionId" not in dataverse.post(RUN, json=PARAMETERS).json()
    true = dict(zip(told, (session.id for session in admin.state().sessions), strict=False))
    assert len(admin.state().sessions) == len(told) + 1
    assert told == {
        "zeros": "00000000-0000-0000-0000-000000000000",
        "upper": true["upper"].upper(),
        "braces": f"{{{true['braces']}}}",
        "bare": true["bare"].replace("-", ""),
        "null": None,
        "empty": "",
        "number": told["number"],
        "text": "not an id",
    }
    assert isinstance(told["number"], int)


@pytest.mark.parametrize("do_work", [False, True])
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"status": 200}, (200, b"")),
        ({"status": 204}, (204, b"")),
        ({"status": 200, "body": "[]"}, (200, b"[]")),
        ({"status": 200, "body": '{"flowsessionId": '}, (200, b'{"flowsessionId": ')),
        ({"status": 200, "body": '"\ud83d"'}, (200, rb'"\ud83d"')),
        ({"html": 200}, (200, b"<html>")),
        ({"html": 404}, (404, b"<html>")),
        ({"status": 302, "headers": {"Location": "https://login.example/"}}, (302, b"")),
        ({"error": "too_large"}, (413, b'{"error"')),
        ({"error": "precondition_failed"}, (412, b'{"error"')),
    ],
)
def test_running_can_be_answered_with_what_is_no_answer(
    dataverse: httpx.Client,
    admin: EmulatorAdmin,
    fault: dict[str, Any],
    told: tuple[int, bytes],
    do_work: bool,
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", do_work=do_work, **fault))
    answer = dataverse.post(RUN, json=PARAMETERS)
    assert (answer.status_code, answer.content[: len(told[1]) or None]) == told
    assert len(admin.state().sessions) == do_work


def test_a_gateway_can_say_404_about_a_session_that_exists(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    one, other = (admin.create_session().id for _ in range(2))
    admin.add_fault(Fault(method="GET", session=one.upper(), html=404, times=None))
    answer = dataverse.get(f"flowsessions({one})")
    assert (answer.status_code, answer.headers["content-type"][:9]) == (404, "text/html")
    assert dataverse.get(f"flowsessions({other})").status_code == 200
    assert len(dataverse.get("flowsessions").json()["value"]) == 2


@pytest.mark.parametrize("do_work", [False, True])
def test_no_answer_may_ever_come(
    dataverse: httpx.Client, admin: EmulatorAdmin, do_work: bool
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", never=True, do_work=do_work))
    with pytest.raises(httpx.ReadTimeout):
        dataverse.post(RUN, json=PARAMETERS, timeout=0.2)
    assert len(admin.state().sessions) == do_work
    assert dataverse.post(RUN, json=PARAMETERS).status_code == 200


@pytest.mark.parametrize("own", [{}, {"error": "internal"}, {"html": 502}])
def test_an_answer_can_end_in_the_middle(
    dataverse: httpx.Client, admin: EmulatorAdmin, own: dict[str, Any]
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", cut_body=True, do_work=True, **own))
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        dataverse.post(RUN, json=PARAMETERS)
    assert len(admin.state().sessions) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"error": "bad_mood"}, "'error' must be"),
        ({"session_id": "roman"}, "'session_id' must be"),
        ({"error": "internal", "status": 500}, "only one of"),
        ({"html": 502, "error": "internal"}, "only one of"),
        ({"status": 99}, "no status"),
        ({"retry_after": "7"}, "need a status"),
        ({"error": "internal", "retry_after": "7", "retry_after_date": 7}, "only one of"),
        ({"error": "internal", "retry_after_date": 1e12}, "hundred years"),
        ({"error": "internal", "retry_after": 7}, "'retry_after' must be"),
        ({"error": "internal", "retry_after": "7\r\nX: y"}, "cannot stand in a header"),
        ({"status": 200, "headers": {"X": "\ud83d"}}, "cannot stand in a header"),
        ({"status": 200, "headers": {"X": 1}}, "'headers' must be"),
        ({"path": "("}, "no regular expression"),
        ({"times": 0}, "times must be"),
        ({"skip": -1}, "skip not negative"),
        ({"error": "internal", "retry_after_date": float("nan")}, "hundred years"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_a_reason(
    admin: EmulatorAdmin, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        admin._call("POST", "faults", fields)

"""What the Dataverse client sends, and what it makes of a network that fails.

RunDesktopFlow is not idempotent: whatever happens on the wire, it is sent once.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from shared.dataverse.errors import (
    AppRefusedError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)
from shared.domain.request import ConnectionType, RunMode, RunPriority, RunRequest
from shared.http import deadline
from tests.support.dataverse import ACCEPTED, RUN, SESSION, client_of, run
from tests.support.patience import until
from tests.support.wire import Step, answers, closes, keeps_silent, message, resets, says, server

FLOW = "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01"
CALLBACK = "https://broker.example/api/callbacks/1/2"


def test_all_parameters_that_were_asked_for_are_sent() -> None:
    request = RunRequest(
        FLOW,
        "dfb_Finance",
        RunMode.ATTENDED,
        connection_type=ConnectionType.REFERENCE,
        run_priority=RunPriority.HIGH,
        timeout=600,
        retries=3,
        correlation_id="ours alone",
    )
    with server(answers(200, ACCEPTED)) as dataverse:
        client = client_of(dataverse.url)
        client.run_desktop_flow(request, '{"Name":"Zoë"}', CALLBACK, seconds=5)
    (heard,) = dataverse.heard
    assert (heard.method, heard.path) == ("POST", RUN)
    assert heard.json == {
        "runMode": "attended",
        "connectionName": "dfb_Finance",
        "connectionType": 2,
        "runPriority": "high",
        "timeout": 600,
        "inputs": '{"Name":"Zoë"}',
        "callbackUrl": CALLBACK,
    }


def test_parameters_that_were_not_asked_for_are_left_out() -> None:
    with server(answers(200, ACCEPTED)) as dataverse:
        run(client_of(dataverse.url))
    assert dataverse.heard[0].json == {
        "runMode": "unattended",
        "connectionName": "shared-finance-01",
        "connectionType": 1,
    }


def test_the_headers_are_those_of_the_contract(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The token is the identity's even where a .netrc file has a password for the host."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with server(answers(200, ACCEPTED)) as dataverse:
        client = client_of(dataverse.url)
        run(client)
        assert client.outputs(SESSION) == ACCEPTED
    post, get = (heard.headers for heard in dataverse.heard)
    common = {
        "authorization": "Bearer token-1",
        "accept": "application/json",
        "odata-version": "4.0",
        "odata-maxversion": "4.0",
    }
    assert common.items() <= post.items()
    assert common.items() <= get.items()
    assert post["content-type"] == "application/json; charset=utf-8"
    assert "content-type" not in get
    assert post["x-ms-client-request-id"] != get["x-ms-client-request-id"]
    assert set(post) <= {
        *common,
        *("content-type", "content-length", "x-ms-client-request-id", "x-ms-correlation-id"),
        *("host", "connection", "user-agent", "accept-encoding"),
    }, "nothing that impersonates, and nothing else"


def test_cookies_are_not_kept() -> None:
    """Dataverse's affinity cookie would pin all calls to one of its web servers."""
    cookie = {"Set-Cookie": "ARRAffinity=5b6f7c; Path=/; HttpOnly"}
    with server(answers(200, ACCEPTED, cookie)) as dataverse:
        client = client_of(dataverse.url)
        run(client)
        run(client)
    assert dataverse.connections == 1
    assert not any("cookie" in heard.headers for heard in dataverse.heard)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        *((status, OutcomeUnknownError) for status in (301, 302, 303)),
        *((status, AppRefusedError) for status in (307, 308)),  # to be made elsewhere: not done
    ],
)
def test_a_redirect_is_not_followed(
    status: int, told: type[OutcomeUnknownError | AppRefusedError]
) -> None:
    with server(answers(200, ACCEPTED)) as elsewhere:
        redirect = answers(status, None, {"Location": f"{elsewhere.url}{RUN}"})
        with server(redirect) as dataverse, pytest.raises(told) as raised:
            run(client_of(dataverse.url))
    assert isinstance(raised.value, OutcomeUnknownError | AppRefusedError)
    assert raised.value.answer
    assert raised.value.answer.status == status
    assert (len(dataverse.heard), len(elsewhere.heard)) == (1, 0)


def test_a_refused_connection_says_that_nothing_was_sent() -> None:
    with socket.socket() as unserved:
        unserved.bind(("127.0.0.1", 0))  # a port that is taken, and where nobody listens
        with pytest.raises(NotSentError):
            run(client_of(f"http://127.0.0.1:{unserved.getsockname()[1]}"))


def test_an_unknown_host_says_that_nothing_was_sent() -> None:
    with pytest.raises(NotSentError):
        run(client_of("http://no-such-organization.invalid"))


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(closes, id="closed"),
        pytest.param(resets, id="reset"),
        pytest.param(keeps_silent, id="silent"),
        pytest.param(says(b"HTTP/1.1 200 O"), id="cut in the first line"),
        pytest.param(says(message(200, ACCEPTED)[:-60]), id="cut in the head"),
        pytest.param(says(message(200, ACCEPTED)[:-9]), id="cut in the body"),
        pytest.param(says(b"\x16\x03\x01 this is no HTTP\r\n\r\n"), id="no HTTP"),
        pytest.param(answers(200, "<html>Sign in</html>"), id="200 that is a page"),
        pytest.param(answers(200, '{"flowsessionId": "'), id="200 that is half JSON"),
        pytest.param(answers(200, "[" * 100_000), id="200 that is nested too deep"),
        pytest.param(answers(200, [SESSION]), id="200 that is a list"),
        pytest.param(answers(200, {"flowsessionId": None}), id="200 without a session"),
        pytest.param(answers(200, {"flowsessionId": "soon"}), id="200 with no id"),
        pytest.param(answers(204), id="204"),
        pytest.param(answers(408, "patience"), id="408"),
        pytest.param(answers(500, {"error": {"code": "0x80040216"}}), id="500 in JSON"),
        pytest.param(answers(502, "<html>Bad Gateway</html>"), id="502 in HTML"),
        pytest.param(answers(503, None, {"Retry-After": "1"}), id="503 with Retry-After"),
        pytest.param(answers(504), id="504 without a word"),
    ],
)
def test_what_may_have_started_a_robot_is_sent_once_and_told_as_unknown(fate: Step) -> None:
    with server(fate) as dataverse:
        client = client_of(dataverse.url)
        with pytest.raises(OutcomeUnknownError):
            run(client, seconds=1)
    assert len(dataverse.heard) == 1


@pytest.mark.parametrize("fate", [closes, resets])
def test_a_kept_connection_that_breaks_under_the_request_is_not_used_twice(fate: Step) -> None:
    """The server may have done its work before it closed: only the caller can find out."""
    with server(answers(200, ACCEPTED), fate, answers(200, ACCEPTED)) as dataverse:
        client = client_of(dataverse.url)
        run(client)
        with pytest.raises(OutcomeUnknownError):
            run(client)
    assert (len(dataverse.heard), dataverse.connections) == (2, 1)


def test_a_kept_connection_that_the_server_closed_before_is_replaced() -> None:
    with server(says(message(200, ACCEPTED)), answers(200, ACCEPTED)) as dataverse:
        client = client_of(dataverse.url)
        run(client)
        until(lambda: dataverse.ended == 1)
        run(client)
    assert (len(dataverse.heard), dataverse.connections) == (2, 2)


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What forgets idle connections on the way does so without a word, and the request is lost."""
    with server(answers(200, ACCEPTED)) as dataverse:
        client = client_of(dataverse.url)
        run(client)
        run(client)
        assert dataverse.connections == 1
        monkeypatch.setattr(deadline, "IDLE_SECONDS", 0)
        run(client)
    assert dataverse.connections == 2


@pytest.mark.parametrize("told", [None, "", "many", "-1", "NaN"])
def test_what_is_left_of_the_users_requests_is_read_from_any_answer(told: str | None) -> None:
    """From a refusal too; what is no number says nothing, and what was said before stays."""
    name = "x-ms-ratelimit-burst-remaining-xrm-requests"
    refusal = {"error": {"code": "0x80040220", "message": "no"}}
    senseless = {} if told is None else {name: told}
    script = (
        answers(200, ACCEPTED, {name: "5999"}),
        answers(403, refusal, {name: "5998"}),
        answers(200, ACCEPTED, senseless),
    )
    with server(*script) as dataverse:
        client = client_of(dataverse.url)
        assert client.allowance() is None
        run(client)
        first = client.allowance()
        with pytest.raises(RefusedError):
            run(client)
        second = client.allowance()
        run(client)
        third = client.allowance()
    assert [each.remaining for each in (first, second, third) if each] == [5_999, 5_998, 5_998]

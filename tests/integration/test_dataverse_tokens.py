"""The app's identity: tokens are asked for once, replaced once, and never waited for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.identity import ManagedIdentityCredential

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.faults import Fault
from local.parts import Emulator
from shared.composition import IDENTITY_LIMITS
from shared.dataverse.client import DataverseClient
from shared.dataverse.errors import AppRefusedError, NotSentError
from shared.dataverse.token import TokenSource
from shared.dataverse.web_api import WebApi
from tests.support.dataverse import ACCEPTED, run, takes
from tests.support.wire import Server, Step, answers, closes, keeps_silent, server

THREADS = 12
IDENTITY = "/msi/token"
SOON = 25.0
"""Seconds: less than an answer that asks for half a minute would have the app wait."""


@pytest.fixture
def admin(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorAdmin]:
    """Steer the emulator, whose identity is the app's."""
    for name, value in emulator.identity_environment.items():
        monkeypatch.setenv(name, value)
    with EmulatorAdmin(emulator.url) as admin:
        admin.reset()
        yield admin
        admin.reset()


@pytest.fixture
def set_identity(monkeypatch: pytest.MonkeyPatch) -> Callable[[Server], None]:
    """Make a server of the test the app's identity endpoint."""

    def identify(endpoint: Server) -> None:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{endpoint.url}{IDENTITY}")
        monkeypatch.setenv("IDENTITY_HEADER", "made-up")

    return identify


def client_with_identity(url: str, **limits: Any) -> DataverseClient:
    """Make a client as the app makes its own in Azure."""
    tokens = TokenSource(
        f"{url}/.default", lambda: ManagedIdentityCredential(**IDENTITY_LIMITS | limits)
    )
    return DataverseClient(WebApi(url, tokens, pool_size=THREADS))


def side_by_side(call: Callable[[], Any]) -> list[Any]:
    """Call from many threads at the same time; give what each got, or the error it met."""

    def outcome(_: int) -> Any:
        try:
            return call()
        except NotSentError as error:
            return error

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(outcome, range(THREADS)))


def test_a_token_is_asked_for_once(emulator: Emulator, admin: EmulatorAdmin) -> None:
    client = client_with_identity(emulator.url)
    client.prepare()
    run(client)
    run(client)
    (asked,) = admin.requests(IDENTITY)
    assert "resource=http" in asked.query


def test_threads_that_begin_together_ask_for_one_token(
    emulator: Emulator, admin: EmulatorAdmin
) -> None:
    client = client_with_identity(emulator.url)
    side_by_side(lambda: run(client))
    assert [one.outcome for one in admin.state().submissions] == ["accepted"] * THREADS
    assert len(admin.requests(IDENTITY)) == 1


def test_a_token_that_is_refused_is_replaced_and_the_run_started(
    emulator: Emulator, admin: EmulatorAdmin
) -> None:
    """401 is an answer that nothing was done: the only one after which a start is sent again."""
    client = client_with_identity(emulator.url)
    client.prepare()
    admin.expire_tokens()
    run(client)
    submissions = admin.state().submissions
    assert [(one.outcome, one.status) for one in submissions] == [
        ("refused", 401),
        ("accepted", 200),
    ]
    assert len(admin.state().sessions) == 1


def test_a_token_is_replaced_once_for_all_threads_that_hold_it(
    emulator: Emulator, admin: EmulatorAdmin
) -> None:
    client = client_with_identity(emulator.url)
    client.prepare()
    admin.expire_tokens()
    side_by_side(lambda: run(client))
    accepted = [one for one in admin.state().submissions if one.outcome == "accepted"]
    assert len(accepted) == THREADS
    assert len(admin.requests(IDENTITY)) == 2


def test_a_second_token_that_is_refused_ends_the_call(
    emulator: Emulator, admin: EmulatorAdmin
) -> None:
    body = {"error": {"code": "0x80072560", "message": "not a member of the organization"}}
    admin.add_fault(Fault(action="RunDesktopFlow", times=None, status=401, body=body))
    with pytest.raises(AppRefusedError) as raised:
        run(client_with_identity(emulator.url))
    assert (raised.value.answer.status, raised.value.answer.code) == (401, "0x80072560")
    assert len(admin.requests("/api/data")) == 2
    assert len(admin.requests(IDENTITY)) == 2


def test_a_token_that_cannot_be_replaced_says_that_nothing_was_done(
    set_identity: Callable[[Server], None],
) -> None:
    token = {"access_token": "first", "expires_on": "4000000000", "resource": "x"}
    with server(answers(200, token), answers(500)) as identity, server(answers(401)) as dataverse:
        set_identity(identity)
        with pytest.raises(NotSentError):
            run(client_with_identity(dataverse.url))
    assert len(dataverse.heard) == 1


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(closes, id="closed"),
        pytest.param(answers(400, {"statusCode": 400, "message": "no identity"}), id="refused"),
        pytest.param(answers(429, None, {"Retry-After": "30"}), id="busy for half a minute"),
        pytest.param(answers(500), id="error"),
        pytest.param(answers(200, "<html>Welcome</html>"), id="a page"),
        pytest.param(answers(200, ["token"]), id="a list"),
        pytest.param(answers(200, {"access_token": "t", "expires_on": "soon"}), id="no time"),
    ],
)
def test_an_identity_endpoint_that_gives_no_token_says_that_nothing_was_sent(
    fate: Step, set_identity: Callable[[Server], None]
) -> None:
    with server(fate) as identity, server(answers(200, ACCEPTED)) as dataverse:
        set_identity(identity)
        with takes(0, SOON), pytest.raises(NotSentError, match="no access token"):
            run(client_with_identity(dataverse.url))
    assert dataverse.heard == []


def test_an_identity_endpoint_that_is_down_is_given_up_soon(
    set_identity: Callable[[Server], None],
) -> None:
    with server(closes) as identity:
        set_identity(identity)
    with takes(0, SOON), pytest.raises(NotSentError, match="no access token"):
        client_with_identity("http://127.0.0.1").prepare()


def test_a_silent_identity_endpoint_holds_up_all_threads_but_once(
    set_identity: Callable[[Server], None],
) -> None:
    """Those who waited for another's failure take it as theirs, and do not wait again."""
    assert 2 * IDENTITY_LIMITS["read_timeout"] < 15
    with server(keeps_silent) as identity:
        set_identity(identity)
        client = client_with_identity("http://127.0.0.1", read_timeout=0.3)
        with takes(0.6):
            outcomes = side_by_side(client.prepare)
    assert all(isinstance(outcome, NotSentError) for outcome in outcomes)
    assert len(identity.heard) == 2


def test_a_token_can_be_had_after_a_failure(set_identity: Callable[[Server], None]) -> None:
    token = {"access_token": "t", "expires_on": "4000000000", "resource": "x"}
    with server(answers(400), answers(200, token)) as identity:
        set_identity(identity)
        client = client_with_identity("http://127.0.0.1")
        with pytest.raises(NotSentError):
            client.prepare()
        client.prepare()

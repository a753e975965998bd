"""Every call to Dataverse ends within its time, however slowly the other side goes about it.

A submission's slot is held by its deadline: a call that outlives it would break the rate.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

from shared.dataverse import web_api
from shared.dataverse.errors import (
    DataverseError,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.dataverse.token import TokenSource
from shared.dataverse.web_api import WebApi
from shared.http import deadline
from tests.support.dataverse import ACCEPTED, REQUEST, SESSION, Tokens, client_of, run, takes
from tests.support.patience import until
from tests.support.wire import Step, answers, closes, keeps_silent, message, server, trickles

HEAD = b"HTTP/1.1 200 OK\r\n"
ENDLESS = HEAD + b"Content-Length: 100000\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = 200.0
LAST = HEAD + b"Content-Length: 100000\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(keeps_silent, id="no answer"),
        pytest.param(trickles(b"", b"H"), id="a first line without end"),
        pytest.param(trickles(HEAD, b"X: y\r\n"), id="a head without end"),
        pytest.param(trickles(ENDLESS), id="a body byte by byte"),
        pytest.param(trickles(LAST), id="a body byte by byte before the connection closes"),
        pytest.param(trickles(CHUNKED, b"1\r\n \r\n"), id="a body chunk by chunk"),
    ],
)
def test_an_answer_that_takes_too_long_is_given_up_at_the_limit(fate: Step) -> None:
    with server(fate) as dataverse:
        client = client_of(dataverse.url)
        with takes(1), pytest.raises(OutcomeUnknownError):
            run(client, seconds=1)
    assert len(dataverse.heard) == 1


def test_a_request_that_is_taken_too_slowly_is_given_up_at_the_limit() -> None:
    """Part of the request has left, so its outcome is unknown."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        client = client_of(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        inputs = "x" * 8_000_000  # more than the buffers of both ends take
        with takes(1), pytest.raises(OutcomeUnknownError):
            client.run_desktop_flow(REQUEST, inputs, None, seconds=1)


@pytest.fixture
def full() -> Iterator[int]:
    """Give a port that takes no more connections, nor refuses them: the queue before it is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        port = listening.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        yield port
        for each in waiting:
            each.close()


def test_a_connection_that_is_not_made_within_the_limit_was_not_sent(full: int) -> None:
    with takes(0.4), pytest.raises(NotSentError):
        run(client_of(f"http://127.0.0.1:{full}"), seconds=0.4)


def test_connecting_is_given_up_before_the_limit(
    full: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "CONNECT_SECONDS", 0.3)
    with takes(0.3, LONG), pytest.raises(NotSentError):
        run(client_of(f"http://127.0.0.1:{full}"), seconds=LONG)


def test_nothing_is_sent_after_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with several addresses may take the time to connect several times over."""
    connect = HTTPConnection.connect

    def connect_at_last(connection: Any) -> None:
        connect(connection)
        connection.deadline = time.monotonic()

    monkeypatch.setattr(HTTPConnection, "connect", connect_at_last)
    with server(answers(200, ACCEPTED)) as dataverse:
        with pytest.raises(NotSentError):
            run(client_of(dataverse.url))
        until(lambda: dataverse.ended == 1)
    assert dataverse.heard == []


def test_without_any_time_nothing_is_sent() -> None:
    with server(answers(200, ACCEPTED)) as dataverse, pytest.raises(NotSentError):
        run(client_of(dataverse.url), seconds=0)
    assert dataverse.connections == 0


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(keeps_silent, id="no answer"),
        pytest.param(trickles(ENDLESS), id="a body byte by byte"),
        pytest.param(closes, id="closed at once"),
        pytest.param(answers(503, None, {"Retry-After": "5"}), id="out of service for 5 s"),
        pytest.param(answers(429, None, {"Retry-After": "5"}), id="too many for 5 s"),
    ],
)
def test_a_read_ends_within_its_time_with_all_its_repetitions(fate: Step) -> None:
    with server(fate) as dataverse:
        tokens = TokenSource(f"{dataverse.url}/.default", Tokens())
        api = WebApi(dataverse.url, tokens, pool_size=1)
        with takes(0, 5), pytest.raises(DataverseError):
            api.call("GET", f"flowsessions({SESSION})", seconds=1)
    assert 1 <= len(dataverse.heard) <= 3


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(closes, id="closed"),
        pytest.param(answers(502, "<html>Bad Gateway</html>"), id="502"),
        pytest.param(answers(503), id="503"),
        pytest.param(answers(503, None, {"Retry-After": "0"}), id="503 with Retry-After"),
        pytest.param(answers(504), id="504"),
        pytest.param(answers(429, None, {"Retry-After": "0"}), id="429 with Retry-After"),
        pytest.param(answers(200, "<html>Sign in</html>"), id="200 that is a page"),
    ],
)
def test_a_read_is_repeated_until_it_succeeds(fate: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_api, "READ_PAUSES", (0.01, 0.02))
    with server(fate, fate, answers(200, {"Output": "1"})) as dataverse:
        assert client_of(dataverse.url).outputs(SESSION) == {"Output": "1"}
    assert len(dataverse.heard) == 3


def test_a_read_is_given_up_after_three_times() -> None:
    with server(answers(502)) as dataverse, pytest.raises(OutcomeUnknownError):
        client_of(dataverse.url).session(SESSION)
    assert len(dataverse.heard) == 3


@pytest.mark.parametrize("status", [302, 408, 500])
def test_a_read_that_would_fail_again_is_not_repeated(status: int) -> None:
    with server(answers(status)) as dataverse, pytest.raises(OutcomeUnknownError):
        client_of(dataverse.url).session(SESSION)
    assert len(dataverse.heard) == 1


def test_a_read_waits_as_long_as_it_is_asked_to() -> None:
    busy = answers(429, None, {"Retry-After": "1"})
    with server(busy, answers(200, {"Output": "1"})) as dataverse, takes(1):
        assert client_of(dataverse.url).outputs(SESSION) == {"Output": "1"}


@pytest.mark.parametrize("retry_after", ["6", "300", "soon", None])
def test_a_wait_that_is_long_or_not_told_is_handed_on(retry_after: str | None) -> None:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    with (
        server(answers(429, None, headers)) as dataverse,
        takes(0, 6),
        pytest.raises(ThrottledError) as raised,
    ):
        client_of(dataverse.url).session(SESSION)
    asked = retry_after is not None and retry_after.isdecimal()
    assert raised.value.retry_after == (float(retry_after or 0) if asked else None)
    assert len(dataverse.heard) == 1


def test_an_answer_is_read_to_its_end_within_the_time() -> None:
    content = {"Output": "x" * 5_000_000}
    with server(lambda connection: connection.sendall(message(200, content))) as dataverse:
        assert client_of(dataverse.url).outputs(SESSION) == content

"""The Dataverse client over TLS and through a company's proxy: what is sent, what never left."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.dataverse.errors import NotSentError, OutcomeUnknownError
from tests.support.dataverse import ACCEPTED, REQUEST, SESSION, client_of, run
from tests.support.tls import make_certificate
from tests.support.wire import Step, answers, closes, keeps_silent, resets, server, trickles

ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with a certificate for `localhost`, signed by nobody else, and its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def untrusted(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(
    untrusted: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> ssl.SSLContext:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    return untrusted


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Give the listening socket of the proxy that the environment names."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listening.getsockname()[1]}")
        yield listening


def proxy(listening: socket.socket, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
    """Answer one CONNECT, and pass on what comes then, if the answer says so."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            caller, _ = listening.accept()
            with caller:
                port = int(caller.recv(65536).split(b" ")[1].split(b":")[1])
                caller.sendall(answer)
                if b" 200 " not in answer:
                    return
                with socket.create_connection(("127.0.0.1", port)) as server:
                    back = threading.Thread(target=_pass_on, args=(server, caller), daemon=True)
                    back.start()
                    _pass_on(caller, server)
                    back.join()

    threading.Thread(target=serve, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


def test_a_connection_over_tls_is_kept_for_the_next_call(trusted: ssl.SSLContext) -> None:
    with server(answers(200, ACCEPTED), tls=trusted) as dataverse:
        client = client_of(dataverse.url)
        client.run_desktop_flow(REQUEST, "x" * 2_000_000, None, seconds=5)
        run(client)
        assert client.outputs(SESSION) == ACCEPTED
    assert (len(dataverse.heard), dataverse.connections) == (3, 1)
    assert len(dataverse.heard[0].json["inputs"]) == 2_000_000


@pytest.mark.parametrize("fate", [closes, resets, keeps_silent, trickles(ENDLESS)])
def test_a_start_over_tls_without_an_answer_is_sent_once(
    trusted: ssl.SSLContext, fate: Step
) -> None:
    with server(fate, tls=trusted) as dataverse:
        client = client_of(dataverse.url)
        with pytest.raises(OutcomeUnknownError):
            run(client, seconds=2)
    assert len(dataverse.heard) == 1


def test_a_server_whose_certificate_nobody_vouches_for_is_sent_nothing(
    untrusted: ssl.SSLContext,
) -> None:
    with (
        server(answers(200, ACCEPTED), tls=untrusted) as dataverse,
        pytest.raises(NotSentError, match="certificate"),
    ):
        run(client_of(dataverse.url))
    assert dataverse.heard == []


@pytest.mark.parametrize("fate", [closes, resets, answers(200, ACCEPTED), keeps_silent])
def test_a_failed_handshake_says_that_nothing_was_sent(fate: Step) -> None:
    """The server speaks no TLS; what it hears is the handshake."""

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            fate(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve, args=(listening,), daemon=True)
        serving.start()
        with pytest.raises(NotSentError):
            run(client_of(f"https://localhost:{listening.getsockname()[1]}"), seconds=2)
        serving.join()


def test_a_start_goes_through_the_proxy_of_the_environment(
    trusted: ssl.SSLContext, through: socket.socket
) -> None:
    proxy(through)
    with server(answers(200, ACCEPTED), tls=trusted) as dataverse:
        client = client_of(dataverse.url)
        run(client)
        run(client)
    assert (len(dataverse.heard), dataverse.connections) == (2, 1)


def test_a_start_whose_answer_is_lost_behind_a_proxy_is_sent_once(
    trusted: ssl.SSLContext, through: socket.socket
) -> None:
    proxy(through)
    with server(closes, tls=trusted) as dataverse, pytest.raises(OutcomeUnknownError):
        run(client_of(dataverse.url))
    assert len(dataverse.heard) == 1


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"502 Bad Gateway"])
def test_a_proxy_that_refuses_says_that_nothing_was_sent(
    trusted: ssl.SSLContext, through: socket.socket, status: bytes
) -> None:
    proxy(through, b"HTTP/1.1 " + status + b"\r\n\r\n")
    with server(answers(200, ACCEPTED), tls=trusted) as dataverse, pytest.raises(NotSentError):
        run(client_of(dataverse.url))
    assert dataverse.connections == 0


def test_an_untrusted_server_behind_a_proxy_is_sent_nothing(
    untrusted: ssl.SSLContext, through: socket.socket
) -> None:
    proxy(through)
    with server(answers(200, ACCEPTED), tls=untrusted) as dataverse, pytest.raises(NotSentError):
        run(client_of(dataverse.url))
    assert dataverse.heard == []


def test_a_proxy_that_is_down_says_that_nothing_was_sent(through: socket.socket) -> None:
    through.close()
    with pytest.raises(NotSentError):
        run(client_of("https://localhost"))

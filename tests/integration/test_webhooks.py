"""Notifications on the wire: signed so that the reference library verifies, and only to others.

Names resolve to what a test says; whoever would be reached by a forged one listens, and hears
nothing.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3.util.connection
from standardwebhooks import Webhook, WebhookVerificationError

from shared.domain.destinations import Destinations
from shared.webhooks import sender, transport
from shared.webhooks.sender import WebhookSender
from tests.support.tls import make_certificate
from tests.support.wire import Server, answers, keeps_silent, resets, server, trickles

NEW, OLD = b"n" * 32, b"o" * 32
ID, TEXT = "evt_abc-def", '{"type":"run.succeeded","data":{"connectionName":"Größe 1"}}'
NAME = "receiver.example.org"
EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
VOUCHED = Destinations(enabled=True, private_hosts=frozenset({"127.0.0.1", "localhost"}))
PUBLIC = Destinations(enabled=True)
PUBLIC_ADDRESS = "93.184.215.14"

Resolve = Callable[..., None]


def post(url: str, destinations: Destinations = VOUCHED, *secrets: bytes) -> Any:
    return WebhookSender(secrets or (NEW,), destinations).post(url, ID, TEXT)


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Let every name resolve to these addresses, one an inquiry, the last for ever."""

    def answer(*addresses: str) -> None:
        left = list(addresses)

        def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            del host
            address = left.pop(0) if len(left) > 1 else left[0]
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            where = (address, port, 0, 0) if ":" in address else (address, port)
            return [(family, socket.SOCK_STREAM, 6, "", where)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return answer


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the addresses that somebody connects to, and connect to none."""
    seen: list[str] = []

    def create_connection(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        seen.append(address[0])
        raise OSError("not in a test")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", create_connection)
    return seen


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), NAME)


@pytest.fixture
def receiver(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A receiver of a public name, as far as the sender can tell, on this machine."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setattr(transport, "is_public", lambda _: True)
    monkeypatch.setattr(
        "requests_hardened.ip_filter_adapter.filter_host", lambda *_, **__: "127.0.0.1"
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with server(answers(204), tls=context) as made:
        yield made


def test_the_reference_library_verifies_what_comes() -> None:
    with server(answers(200)) as made:
        assert post(made.url).error is None
    (heard,) = made.heard
    assert heard.headers["webhook-id"] == ID
    assert heard.headers["content-type"].startswith("application/json")
    event = Webhook(NEW).verify(heard.body, heard.headers)
    assert event["data"]["connectionName"] == "Größe 1"


def test_without_a_key_a_message_has_an_id_and_no_signature() -> None:
    with server(answers(200)) as made:
        assert WebhookSender((), VOUCHED).post(made.url, ID, TEXT).error is None
    (heard,) = made.heard
    assert heard.headers["webhook-id"] == ID
    assert "webhook-signature" not in heard.headers


def test_what_was_changed_on_the_way_is_not_verified() -> None:
    with server(answers(200)) as made:
        post(made.url)
    (heard,) = made.heard
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(heard.body.replace(b"succeeded", b"failed"), heard.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(heard.body, heard.headers | {"webhook-id": "evt_other"})
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(heard.body, heard.headers)


def test_while_keys_are_changed_receivers_may_have_either() -> None:
    with server(answers(200)) as made:
        post(made.url, VOUCHED, NEW, OLD)
    (heard,) = made.heard
    for secret in (NEW, OLD):
        Webhook(secret).verify(heard.body, heard.headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_a_delivery(status: int) -> None:
    with server(answers(status)) as made:
        assert post(made.url).error is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with (
        server(answers(200)) as target,
        server(answers(status, headers={"Location": target.url})) as made,
    ):
        delivery = post(made.url)
    assert delivery.error == f"it answered {status} (redirects are not followed)"
    assert (len(made.heard), target.heard) == (1, [])


def test_a_receiver_may_ask_for_time_or_say_that_it_is_gone() -> None:
    with server(
        answers(429, headers={"Retry-After": "120"}),
        answers(503, headers={"Retry-After": "99999999999"}),
        answers(503, headers={"Retry-After": "soon"}),
        answers(503, headers={"Retry-After": "Thu, 01 Jan 1970 00:02:00 GMT", "Date": EPOCH}),
        answers(503, headers={"Retry-After": "-5"}),
        answers(410),
    ) as made:
        deliveries = [post(made.url) for _ in range(6)]
    asked = [120_000, 4 * 3600 * 1000, 0, 120_000, 1_000, 0]
    assert [each.retry_after for each in deliveries] == asked
    assert [each.gone for each in deliveries] == [False] * 5 + [True]
    assert [each.error for each in deliveries][-1] == "it answered 410"


@pytest.mark.parametrize("fate", [keeps_silent, trickles(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n")])
def test_a_receiver_that_takes_its_time_is_left(fate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in all: an answer that trickles keeps no thread."""
    monkeypatch.setattr(sender, "CALL_SECONDS", 0.4)
    with server(fate) as made:
        assert post(made.url).error == "no answer within 0 s"


def test_a_reason_never_tells_the_address() -> None:
    """Its query may hold a secret, and reasons are logged."""
    with server(resets) as made:
        broken = post(f"{made.url}/hook?token=hush")
    closed = post(f"{made.url}/hook?token=hush")
    for delivery in (broken, closed):
        assert delivery.error is not None
        assert "hush" not in delivery.error


def test_a_receiver_sets_no_cookies() -> None:
    made = WebhookSender((NEW,), VOUCHED)
    with server(answers(200, headers={"Set-Cookie": "a=b; Path=/"})) as receiver:
        for _ in range(2):
            made.post(receiver.url, ID, TEXT)
    assert all("cookie" not in heard.headers for heard in receiver.heard)


def test_a_netrc_file_gives_no_password_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with server(answers(200)) as made:
        post(made.url)
    assert "authorization" not in made.heard[0].headers


def test_a_public_name_is_reached_over_tls_under_its_own_name(receiver: Server) -> None:
    """The connection goes to the address that was checked; the certificate is the name's."""
    assert post(f"https://{NAME}:{receiver.port}/a?b=c", PUBLIC).error is None
    (heard,) = receiver.heard
    assert heard.path == "/a?b=c"
    assert heard.headers["host"] == f"{NAME}:{receiver.port}"


def test_a_certificate_of_another_name_is_refused(receiver: Server) -> None:
    told = post(f"https://other.example.org:{receiver.port}/", PUBLIC).error
    assert told == "its certificate cannot be verified, or TLS failed"
    assert receiver.heard == []


FORBIDDEN = [
    "127.0.0.1",
    "127.255.1.2",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.64.0.1",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:168.63.129.16",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_name_that_resolves_to_no_public_address_is_refused(
    address: str, resolve: Resolve, connected: list[str]
) -> None:
    """Private, loopback, link-local, and what only looks public, in every notation of IPv6."""
    resolve(address)
    told = post(f"https://{NAME}/", PUBLIC).error
    assert told is not None
    assert told.startswith("refused: ")
    assert told.endswith("is no public address")
    assert connected == []


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]", "localhost"],
)
def test_an_address_in_any_notation_is_refused(host: str, connected: list[str]) -> None:
    """Here the system's own resolver reads them; a start refuses them before."""
    told = post(f"https://{host}/", PUBLIC).error
    assert told is not None
    assert told.startswith("refused: ")
    assert connected == []


def test_a_name_that_changes_its_answer_gains_nothing(
    resolve: Resolve, connected: list[str]
) -> None:
    """The address that is connected to is the one that was checked: there is one inquiry."""
    resolve(PUBLIC_ADDRESS, "127.0.0.1")
    assert post(f"https://{NAME}/", PUBLIC).error == "it cannot be reached, or broke the connection"
    assert connected == [PUBLIC_ADDRESS]


def test_without_tls_nothing_is_sent_to_strangers(resolve: Resolve, connected: list[str]) -> None:
    resolve(PUBLIC_ADDRESS)
    assert post(f"http://{NAME}/", PUBLIC).error == "refused: without TLS nothing is sent"
    assert connected == []


def test_a_name_that_nobody_knows_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert post(f"https://{NAME}/", PUBLIC).error == "it cannot be reached, or broke the connection"

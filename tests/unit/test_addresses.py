"""The links in answers: where the app is to be found, as its caller can reach it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.triggers.addresses import Addresses

OWN = "http://127.0.0.1:7071/api"
TRUSTING = Addresses(trust_forwarded=True)


def request_of(headers: dict[str, str] | None = None, url: str = f"{OWN}/runs") -> func.HttpRequest:
    return func.HttpRequest("GET", url, headers=headers, body=b"")


def forwarded(host: str, proto: str | None = None) -> func.HttpRequest:
    headers = {"X-Forwarded-Host": host} | ({} if proto is None else {"X-Forwarded-Proto": proto})
    return request_of(headers)


@pytest.mark.parametrize(
    "url",
    [
        f"{OWN}/runs",
        f"{OWN}/runs/?code=a-secret-key&top=2",
        f"{OWN}/runs/3f%2F..%2F",
        f"{OWN}#fragment",
        "http://127.0.0.1:7071/API/Runs",
    ],
)
def test_without_a_setting_a_link_begins_as_the_caller_wrote_his(url: str) -> None:
    """Without the query, which may hold the function key."""
    assert Addresses().link(request_of(url=url), "runs/1") == f"{OWN}/runs/1"


def test_the_setting_stands_before_api_whatever_the_caller_wrote() -> None:
    addresses = Addresses("https://gate.example.com/broker", trust_forwarded=True)
    link = addresses.link(forwarded("evil.example", "http"), "operations/1")
    assert link == "https://gate.example.com/broker/api/operations/1"


def test_a_link_tells_its_parameters_so_that_they_are_read_as_they_were() -> None:
    query = {"correlationId": "ä & b=c/?#", "status": "Queued,Running"}
    link = Addresses().link(request_of(), "runs", query)
    assert link.startswith(f"{OWN}/runs?")
    assert dict(parse_qsl(urlsplit(link).query)) == query


def test_what_a_proxy_says_counts_only_where_it_is_trusted() -> None:
    request = forwarded("gate.example.com", "https")
    assert Addresses().link(request, "runs") == f"{OWN}/runs"
    assert TRUSTING.link(request, "runs") == "https://gate.example.com/api/runs"


@pytest.mark.parametrize(
    ("host", "proto", "begin"),
    [
        ("gate.example.com", None, "http://gate.example.com"),
        ("gate.example.com", "https", "https://gate.example.com"),
        ("Gate.Example.COM:8443", "HTTPS", "https://gate.example.com:8443"),
        ("gate.example.com, inner.example", "https, http", "https://gate.example.com"),
        (" gate.example.com ,inner", " https ", "https://gate.example.com"),
        ("10.1.2.3:80", "https", "https://10.1.2.3:80"),
        ("[2001:DB8::1]:8443", "https", "https://[2001:db8::1]:8443"),
        ("gate", "https", "https://gate"),
        ("my_gate.example.com", "wss", "http://my_gate.example.com"),
        ("gate.example.com", "javascript", "http://gate.example.com"),
        ("gate.example.com", "", "http://gate.example.com"),
    ],
)
def test_the_first_forwarded_host_counts_with_a_scheme_of_the_web(
    host: str, proto: str | None, begin: str
) -> None:
    assert TRUSTING.link(forwarded(host, proto), "runs") == f"{begin}/api/runs"


ODD = [
    "",
    " ",
    ",gate.example.com",
    "gate.example.com/path",
    "gate.example.com?x=1",
    "gate.example.com#x",
    "user@gate.example.com",
    "user:word@gate.example.com",
    "gate.example.com:",
    "gate.example.com:0",
    "gate.example.com:65536",
    "gate.example.com:8x",
    "gate.example.com:80:80",
    "https://gate.example.com",
    "//gate.example.com",
    "gate..example.com",
    ".example.com",
    "-gate.example.com",
    "gate example.com",
    "gate\texample.com",
    "gate\r\nSet-Cookie: a=b",
    "gate\\example.com",
    "gäte.example.com",
    "gate%2eexample.com",
    "<script>",
    '"gate.example.com"',
    "[::1",
    "[nonsense]",
    "[::1]x",
    "::1",
    "a" * 64 + ".example.com",
    "a." * 130 + "com",
    "\x00",
]


@pytest.mark.parametrize("host", ODD)
def test_a_forwarded_host_that_is_none_is_ignored(host: str) -> None:
    assert TRUSTING.link(forwarded(host, "https"), "runs") == f"{OWN}/runs"


@given(host=st.text(max_size=40) | st.from_regex(r"[a-z\[\]:.@/0-9-]{0,30}"), proto=st.text())
def test_whatever_is_forwarded_a_link_is_an_address_that_a_header_can_hold(
    host: str, proto: str
) -> None:
    link = TRUSTING.link(forwarded(host, proto), "runs/1")
    url = urlsplit(link)
    assert url.scheme in ("http", "https")
    assert url.hostname
    assert (url.username, url.path, url.query, url.fragment) == (None, "/api/runs/1", "", "")
    assert link.isascii()
    assert link.isprintable()
    assert " " not in link

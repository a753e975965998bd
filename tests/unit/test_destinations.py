"""Where a run's end may be told: what an address by itself says against it, before any look-up."""

import pytest

from shared.domain.destinations import Destinations, host_of, parse_destination, told_address

PUBLIC = Destinations(enabled=True)
VOUCHED = Destinations(enabled=True, private_hosts=frozenset({"hooks.corp", "127.0.0.1:8443"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example.org",
        "https://receiver.example.org:8443/a/b?token=x",
        "https://RECEIVER.example.org/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_https_with_a_public_name_goes(url: str) -> None:
    assert PUBLIC.fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example.org",
        "ftp://receiver.example.org",
        "https://",
        "https:receiver.example.org",
        "https://localhost/",
        "https://intranet/",
        "https://a.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://user:pass@receiver.example.org/",
        "https://receiver.example.org@127.0.0.1/",
        "https://@receiver.example.org/",
        "https://receiver.example.org/#fragment",
        "https://receiver.example.org\\@127.0.0.1/",
        "https://receiver.example.org/\r\nHost: other",
        "https://receiver.example.org/a b",
        "https://r\u00e9ceiver.example.org/",
        "https://receiver.example.org:0/",
        "https://receiver.example.org:99999/",
        "https://receiver.example.org/" + "x" * 2_000,
        "",
    ],
)
def test_anything_else_does_not(url: str) -> None:
    assert PUBLIC.fault(url) is not None


@pytest.mark.parametrize(
    "url", ["http://hooks.corp/x", "http://hooks.corp:9/", "https://127.0.0.1:8443/"]
)
def test_a_host_that_an_operator_vouches_for_may_be_private_and_without_tls(url: str) -> None:
    assert PUBLIC.fault(url) is not None
    assert VOUCHED.fault(url) is None


@pytest.mark.parametrize(
    "url", ["http://hooks.corp.evil.example/", "https://127.0.0.1/", "http://hooks.corp@127.0.0.1/"]
)
def test_only_that_host_is_vouched_for(url: str) -> None:
    assert VOUCHED.fault(url) is not None


def test_without_a_key_to_sign_with_nobody_is_notified() -> None:
    told = Destinations().fault("https://receiver.example.org")
    assert told is not None
    assert "NOTIFY_SIGNING_SECRET" in told


ENGINE = (
    "https://prod-69.westus.logic.azure.com:443/workflows/0c5a/runs/0858/actions/"
    f"Run%20and%20wait/run?api-version=2016-06-01&sp=%2Fruns%2F{'x' * 5_000}&sv=1.0&sig=hush-hush"
)


@pytest.mark.parametrize("destinations", [Destinations(), PUBLIC], ids=["no key", "a key"])
def test_an_engines_address_needs_no_key_and_may_be_long(destinations: Destinations) -> None:
    """It holds a secret of its own; a fresh deployment can serve engines."""
    assert destinations.engine_fault(ENGINE) is None
    assert PUBLIC.fault(ENGINE) is not None
    assert host_of(ENGINE) == "prod-69.westus.logic.azure.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://prod-69.westus.logic.azure.com/",
        "https://169.254.169.254/latest/meta-data/",
        "https://user:pass@prod-69.westus.logic.azure.com/",
        f"{ENGINE}{'x' * 4_000}",
    ],
)
def test_an_engines_address_is_as_public_as_any_other(url: str) -> None:
    assert Destinations().engine_fault(url) is not None


def test_an_engine_that_an_operator_vouches_for_may_be_private() -> None:
    assert Destinations(private_hosts=VOUCHED.private_hosts).engine_fault("http://hooks.corp/") is (
        None
    )


def test_what_is_told_of_an_address_is_without_its_query() -> None:
    """It may hold a secret."""
    assert (
        told_address("https://receiver.example.org/a?token=x") == "https://receiver.example.org/a"
    )


def test_an_address_is_read_with_its_query() -> None:
    url = parse_destination("https://receiver.example.org/a?token=x")
    assert url is not None
    assert url.query == "token=x"

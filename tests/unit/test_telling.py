"""Telling others' errors: their words, without the addresses and secrets that are in them."""

import io
import logging
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
import urllib3
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.queue import QueueClient
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import telemetry
from shared.composition import compose
from shared.domain.telling import cleaned, told, told_with_stack
from shared.settings import read
from shared.storage.message_queue import MessageQueue
from shared.storage.table import StorageUnavailableError

SECRET = "s3cr3tTOPsecret"
ACCOUNT = "secretaccountname"
SIGNED = f"https://broker.example/api/callbacks/0123456789abcdef-run/{SECRET}"
HEX = "f00dfacef00dfacef00dfacef00dface"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq=="
NOTHING: dict[str, str] = {}
JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJzZWNyZXQifQ.c2VjcmV0-_"


@pytest.mark.parametrize(
    "text",
    [
        SIGNED,
        f"({SIGNED})",
        f"[{SIGNED}]",
        f"url='{SIGNED}'",
        f"<{SIGNED}>",
        f"before,{SIGNED},after",
        SIGNED.upper(),
        SIGNED.replace("/", r"\/"),
        SIGNED.replace(":", "%3A").replace("/", "%2F"),
        f"Max retries exceeded with url: /api/callbacks/run/{SECRET} (Caused by x)",
        f"callbacks: ../api/callbacks/run/{SECRET}",
        f"Invalid URL 'receiver.example/hook?code={SECRET}': No scheme supplied",
        f"/hook?{SECRET}",
        f"hook?sv=1&sig={SECRET}",
        f"receiver.example/hook?x={SECRET}#{SECRET}",
        f"https://user:{SECRET}@receiver.example/",
        f"wss://receiver.example/{SECRET}",
        f"b'Bearer {SECRET}\\n'",
        f"Authorization: Bearer {SECRET}",
        f"'Authorization': 'SharedKey {ACCOUNT}:{SECRET}'",
        f"SharedAccessSignature={SECRET}",
        f"AccountName={ACCOUNT};AccountKey={SECRET}",
        f"x-functions-key: {SECRET}",
        f'"x-functions-key":"{SECRET}"',
        f"client_secret={SECRET}&grant_type=x",
        f"password = {SECRET}",
        f"signature={SECRET}",
        f"HTTPSConnectionPool(host='{ACCOUNT}.table.core.windows.net', port=443): Read timed out.",
        f"Failed to resolve '{ACCOUNT}.queue.core.windows.net' ([Errno -2] Name unknown)",
        f"{ACCOUNT}.table.core.windows.net:443",
    ],
)
def test_no_address_and_no_secret_is_told(text: str) -> None:
    safe = cleaned(text)
    assert SECRET.lower() not in safe.lower()
    assert ACCOUNT not in safe
    assert "broker.example" not in safe.lower()


@pytest.mark.parametrize("secret", [HEX, HEX.upper(), KEY, JWT])
@pytest.mark.parametrize("around", ["{}", "key {}", "'{}'", "({})", "x:{},", "MAC '{}' is not"])
def test_what_looks_like_a_key_or_a_token_is_not_told(secret: str, around: str) -> None:
    safe = cleaned(around.format(secret))
    assert secret.strip("=")[:20] not in safe


@pytest.mark.parametrize(
    "text",
    [
        "Principal user (Id=8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01, type=8) is missing prvReadx",
        "is missing prvReadflowsession privilege on OTC=10074 for entity 'flowsession'.",
        "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
        "Invoice RE-2026-000000012345-77 of IBAN DE89370400440532013000 not found, code: 12",
        "flowsession With Id = 8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01 Does Not Exist",
        'Flow client error returned with status code "BadGateway" and details "…"',
        "Is this what you want? Either and/or. 1/2",
        "[Errno 111] Connection refused",
        "0123456789abcdef-0123456789abcdefghijklmnop",
        "<address> and <hidden>",
    ],
)
def test_words_that_help_are_told_as_they_are(text: str) -> None:
    assert cleaned(text) == text


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=st.text(max_size=80) | st.text("/?&=:.'\"<>% aA1\\", max_size=80))
def test_any_text_can_be_cleaned_and_cleaning_it_again_changes_nothing(text: str) -> None:
    once = cleaned(text)
    once.encode()
    assert cleaned(once) == once


@pytest.mark.parametrize(
    "part", ["a", "/a", "aB1-", "a.b-", "eyJ.", "'host=", "x=y&", "key ", "%2f", "\\/", "=a1B"]
)
def test_no_text_takes_long(part: str) -> None:
    """By the processor's time, which others on the machine do not take."""
    begun = time.process_time()
    cleaned(part * 5_000)
    assert time.process_time() - begun < 2


def unreachable() -> None:
    requests.get(f"http://127.0.0.1:9/hook?sig={SECRET}", timeout=1)


def bad_scheme() -> None:
    requests.get(f"receiver/hook?sig={SECRET}", timeout=1)


def bad_header() -> None:
    requests.get("http://127.0.0.1:9", headers={"Authorization": f"Bearer {SECRET}\n"}, timeout=1)


def bad_host() -> None:
    requests.get(f"http://[{SECRET}/", timeout=1)


def no_connection() -> None:
    try:
        urllib3.PoolManager(retries=False).request("GET", f"http://127.0.0.1:9/?sig={SECRET}")
    except urllib3.exceptions.HTTPError as error:
        raise ServiceRequestError(error, error=error) from error


def broken_answer() -> None:
    raise ServiceResponseError(f"('Connection aborted.', '{SIGNED}')")


def not_authenticated() -> None:
    raise ClientAuthenticationError(
        f"Server failed to authenticate the request.\nString to sign: 'GET\n/{ACCOUNT}/{SECRET}'"
    )


def refused_by_storage() -> None:
    raise HttpResponseError(f"The MAC signature in the request '{KEY}{SECRET}' is not the same.")


def a_value() -> None:
    int(SECRET)


def a_key() -> None:
    raise KeyError(SECRET)


def a_text() -> None:
    f"{SECRET}\ud800".encode()


def a_certificate() -> None:
    raise ssl.SSLCertVerificationError(1, f"certificate verify failed: {SIGNED}")


def two_at_once() -> None:
    raise ExceptionGroup(f"two for {SIGNED}", [ValueError(f"'{SECRET}'"), OSError(f"at {SIGNED}")])


FAILURES: list[Callable[[], Any]] = [
    unreachable,
    bad_scheme,
    bad_header,
    bad_host,
    no_connection,
    broken_answer,
    not_authenticated,
    refused_by_storage,
    a_value,
    a_key,
    a_text,
    a_certificate,
    two_at_once,
]


def failed(fail: Callable[[], Any]) -> Exception:
    """Let it fail, behind two errors that it is the cause and the context of."""
    try:
        try:
            try:
                fail()
            except Exception as error:
                raise StorageUnavailableError("storage failed") from error
        except StorageUnavailableError:
            assert NOTHING["unknown"]
    except KeyError as error:
        return error
    raise AssertionError("it did not fail")


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_a_failure_is_told_with_its_stack_and_causes_and_without_its_secrets(
    fail: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Python's own way to print a stack prints the words of every error it came of."""
    error = failed(fail)
    root = error.__context__.__cause__ if error.__context__ else None
    assert root is not None
    telemetry.failure("request.failed", error, function="start_run")
    log = io.StringIO()
    for record in caplog.records:
        assert record.exc_info is None
        log.write(record.getMessage())
    text = log.getvalue()
    for secret in (SECRET, SECRET.lower(), ACCOUNT, KEY[:20], "broker.example"):
        assert secret not in text
        assert secret not in told(root)
    assert "request.failed function='start_run'" in text
    assert type(root).__name__ in text
    assert f"in {fail.__name__}" in text
    assert "StorageUnavailableError: storage failed" in text


def test_an_error_is_told_with_its_class_status_and_code() -> None:
    error = HttpResponseError("The table is being deleted.\nRequestId:1\nTime:2")
    error.status_code, error.error_code = 409, "TableBeingDeleted"  # type: ignore[attr-defined]  # as its SDK does
    said = "HttpResponseError (409 TableBeingDeleted): The table is being deleted."
    assert told(error) == said


def test_the_words_of_a_mistake_in_the_program_are_kept() -> None:
    error = AttributeError("'NoneType' object has no attribute 'value'")
    assert told(error) == "AttributeError: 'NoneType' object has no attribute 'value'"


def test_errors_that_came_of_one_another_are_told_once() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert told_with_stack(first) == "ValueError: first\nValueError: second"


def test_an_event_does_not_tell_an_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        telemetry.event("poll.stopped", reason=f"refused: {SIGNED}", lane="lane-1", attempt=2)
    (record,) = caplog.records
    told_as = "poll.stopped reason='refused: <address>' lane='lane-1' attempt=2"
    assert record.getMessage() == told_as


SETTINGS = {
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
    "RUN_STORAGE": "UseDevelopmentStorage=true",
}


@pytest.mark.parametrize("name", ["azure.core.pipeline", "urllib3.connectionpool", "msal"])
def test_libraries_log_nothing_themselves(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """What they have to say comes to the app as an error, and is told by it."""
    compose(read(SETTINGS))  # which once let the SDKs speak again
    logging.getLogger(name).error("Retrying after %s", SIGNED)
    assert caplog.records == []


def test_a_queue_that_cannot_be_reached_is_told_without_its_address() -> None:
    address = f"http://127.0.0.1:9/{ACCOUNT}/queue?sv=2024&sig={SECRET}"
    queue = QueueClient.from_queue_url(address, retry_total=0, connection_timeout=1)
    with pytest.raises(StorageUnavailableError) as raised:
        MessageQueue(queue).send("text")
    assert SECRET not in str(raised.value)
    assert ACCOUNT not in str(raised.value)
    assert "refused" in str(raised.value)

"""What an answer of Dataverse means, and whose word it is: Dataverse's, or a gateway's."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dataverse.answers import error_of, json_object
from shared.dataverse.errors import (
    AppRefusedError,
    DataverseError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
    UnreadableError,
)
from shared.domain.amounts import Number
from shared.domain.pause import Why
from shared.domain.strict_json import compact

PAGE = b"<html><title>404 Not Found</title></html>"


def error(status: int, code: Any, message: Any = "words") -> DataverseError:
    body = {"error": {"code": code, "message": message}}
    return error_of(status, json.dumps(body).encode(), {})


def flow_client_error(status: int, inside: str, code: str = "0x80060467") -> DataverseError:
    message = f'Flow client error returned with status code {inside} and details "…".'
    return error(status, code, message)


@pytest.mark.parametrize("code", ["0x80040217", "0x8006088A"])
def test_not_found_is_dataverses_word_by_its_code(code: str) -> None:
    assert type(error(404, code)) is NotFoundError


@pytest.mark.parametrize(
    "body",
    [
        *(b"", PAGE, b"null", b"[]", b'"x"', b"{}", b'{"error":null}', b'{"error":"NotFound"}'),
        *(b'{"error":{"message":"Not Found"}}', b'{"error":{"code":"","message":"x"}}'),
        *(b'{"error":{"code":404,"message":"x"}}', b'{"error":{"code":"404","message":"x"}}'),
        *(b'{"statusCode":404,"message":"Resource not found"}', b'{"code":"0x80040217"}', b"\xff"),
        b'{"error":{"code":null,"message":"x"}}',
    ],
)
@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 409, 410, 422, 451, 499])
def test_a_gateways_page_is_no_word_about_the_request(status: int, body: bytes) -> None:
    """A 404 of a gateway once ended runs whose robots were at work."""
    assert type(error_of(status, body, {})) is OutcomeUnknownError


@pytest.mark.parametrize("status", [413, 414, 431])
@pytest.mark.parametrize("body", [b"", PAGE, b"{}"])
def test_a_status_that_says_that_nothing_was_done_is_a_refusal_by_anybody(
    status: int, body: bytes
) -> None:
    assert isinstance(error_of(status, body, {}), RefusedError)


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        *((401, code, Why.APP_UNAUTHORIZED) for code in ("", "0x80040220", "Unauthorized")),
        *((status, "0x80072560", Why.APP_NOT_MEMBER) for status in (400, 403)),
        *((403, code, Why.APP_REFUSED) for code in ("0x80040225", "0x80095FFE", "0x80072559")),
        *((status, "", Why.APP_REFUSED) for status in (307, 308, 407)),
    ],
)
def test_a_refusal_of_the_app_is_no_refusal_of_the_request(
    status: int, code: str, why: Why
) -> None:
    """Ten seconds of 401 once failed a whole backlog."""
    refusal = error(status, code)
    assert isinstance(refusal, AppRefusedError)
    assert not isinstance(refusal, RefusedError)
    assert refusal.why is why


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((401, code) for code in ("WindowsIdentityIncorrect", "InvalidUIFlowsCertificates")),
        *((403, code) for code in ("0x80040220", "0x80048306", "0x80040231", "0x80048405")),
        *((404, "0x80040217"), (400, "0x80048d19"), (403, "NotAllowed")),
    ],
)
def test_a_machine_s_account_or_a_missing_privilege_is_about_the_request(
    status: int, code: str
) -> None:
    assert isinstance(error(status, code), RefusedError)


@pytest.mark.parametrize(
    ("code", "of_the_user", "not_counted"),
    [
        *((code, True, True) for code in ("0x80072321", "0x80072322", "0x80072326")),
        ("", True, False),
        *((code, False, False) for code in ("DesktopFlowsActionThrottled", "0x80060467")),
    ],
)
def test_service_protection_concerns_the_user_and_a_limit_the_connection(
    code: str, of_the_user: bool, not_counted: bool
) -> None:
    """Where no code tells, all wait, and the slot is taken to be used."""
    throttled = error(429, code)
    assert isinstance(throttled, ThrottledError)
    assert (throttled.of_the_user, throttled.not_counted) == (of_the_user, not_counted)


def test_a_name_of_an_error_is_a_refusal_but_no_word_about_a_row() -> None:
    assert type(error(404, "ConnectionNotFound")) is RefusedError
    assert type(error(400, "ConnectionNotFound")) is RefusedError


@pytest.mark.parametrize("body", [b"", PAGE, b'{"error":{"code":""}}'])
def test_too_many_requests_are_that_whoever_says_so(body: bytes) -> None:
    """In the field the code can be empty."""
    assert isinstance(error_of(429, body, {}), ThrottledError)


@pytest.mark.parametrize(
    "inside",
    [
        *('"BadGateway"', '"GatewayTimeout"', "InternalServerError", "'ServiceUnavailable'"),
        *("502", '"504"', "500 Internal Server Error", '"Bad Gateway"', "HttpVersionNotSupported"),
        *('"RequestTimeout"', "408", "599", '"InsufficientStorage"', ": badgateway"),
    ],
)
@pytest.mark.parametrize("status", [400, 403, 404, 409])
@pytest.mark.parametrize("code", ["0x80060467", "0x80040265"])
def test_a_failure_behind_dataverse_leaves_the_outcome_unknown_whatever_the_status(
    status: int, inside: str, code: str
) -> None:
    """The service that was to make the session may have made it: a second one must not be."""
    assert type(flow_client_error(status, inside, code)) is OutcomeUnknownError


@pytest.mark.parametrize("message", ["", "Flow client error.", None, "status code ?"])
def test_a_failure_behind_dataverse_without_a_status_is_unknown_too(message: str | None) -> None:
    assert type(error(400, "0x80060467", message)) is OutcomeUnknownError


@pytest.mark.parametrize("inside", ['"NotFound"', '"BadRequest"', "403", '"Forbidden"', "404"])
def test_a_refusal_behind_dataverse_is_a_refusal_but_no_word_about_a_row(inside: str) -> None:
    for status in (400, 403, 404):
        assert type(flow_client_error(status, inside)) is RefusedError


@pytest.mark.parametrize("inside", ['"TooManyRequests"', "429", '"429"'])
def test_a_throttle_behind_dataverse_asks_to_wait(inside: str) -> None:
    assert isinstance(flow_client_error(400, inside), ThrottledError)


def test_the_limit_of_a_connection_is_known_behind_dataverse_too() -> None:
    details = '"Forbidden" and details "{\\"code\\":\\"DesktopFlowsActionThrottled\\"}'
    assert isinstance(flow_client_error(403, details), ThrottledError)


@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 599])
def test_anything_else_leaves_the_outcome_unknown(status: int) -> None:
    assert type(error(status, "0x80040217")) is OutcomeUnknownError


@pytest.mark.parametrize(("told", "wait"), [("0", 1), ("-3", 1), ("7", 7), ("1e9", 600)])
def test_a_wait_is_within_bounds(told: str, wait: float) -> None:
    for status in (429, 503):
        answered = error_of(status, b"", {"Retry-After": told})
        assert isinstance(answered, ThrottledError | OutcomeUnknownError)
        assert answered.retry_after == wait


@settings(max_examples=300, deadline=None, derandomize=True)
@given(status=st.integers(300, 599), body=st.binary(max_size=60))
def test_any_answer_has_a_meaning(status: int, body: bytes) -> None:
    assert isinstance(error_of(status, body, {}), DataverseError)


SIGNATURE = "f00dfacef00dfacef00dfacef00dface"
URL = f"https://broker.example/api/callbacks/lane-run/{SIGNATURE}"


@pytest.mark.parametrize(
    "message",
    [
        f"The callback URL {URL} is not valid",
        f"'{URL}'",
        f"callbackUrl={URL},timeout=1",
        "callbackurl eq '" + URL.replace(":", "%3A").replace("/", "%2F") + "'",
        URL.replace("/", "\\/"),
        f"signature {SIGNATURE}",
        "inputs: Invoice-Secret-4711 and 1234567890123456.78",
        'inputs: {"IBAN": "DE02 \\"1\\" ü"}',
        'inputs: "{\\"IBAN\\":\\"DE02 \\\\\\"1\\\\\\" \\\\u00fc\\"}"',
        "Bearer bearer-secret",
        "token bearer-secret",
    ],
)
@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_error_does_not_repeat_what_was_sent(status: int, message: str) -> None:
    """It is kept with the run, answered to callers and logged."""
    given = (
        URL,
        SIGNATURE,
        "Invoice-Secret-4711",
        'DE02 "1" ü',
        "1234567890123456.78",
        "bearer-secret",
    )
    for body in (json.dumps({"error": {"code": "0x80040203", "message": message}}), message):
        told = str(error_of(status, body.encode(), {}, given))
        for secret in (SIGNATURE, "4711", "DE02", "345678", "bearer-secret", "broker.example"):
            assert secret not in told, told


class TestJson:
    """One value without sense must not hide the others."""

    @pytest.mark.parametrize("content", [b"", b" ", b"null", b"\xef\xbb\xbfnull", b"{}"])
    def test_nothing_is_an_empty_object(self, content: bytes) -> None:
        assert json_object(content) == {}

    @pytest.mark.parametrize(
        ("content", "value"),
        [
            (b'{"a":NaN,"b":1}', {"a": "NaN", "b": 1}),
            (b'{"a":[Infinity,-Infinity]}', {"a": ["Infinity", "-Infinity"]}),
            (b'{"a":"cut \\ud83d","b":"\\ude00"}', {"a": "cut \ufffd", "b": "\ufffd"}),
            (b'{"a":[["\\ud83d"]],"\\ud83d":{"b":"\\udc00x"}}',
             {"a": [["\ufffd"]], "\ufffd": {"b": "\ufffdx"}}),
            (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
            (b'{"a":"\xed\xa0\xbd","b":"\xff"}', {"a": "\ufffd\ufffd\ufffd", "b": "\ufffd"}),
            (b'{"a":1,"a":2}', {"a": 2}),
            (b'{"a":"two\nlines"}', {"a": "two\nlines"}),
            (b'{"a":1E400}', {"a": Number("1E400")}),
            (b'{"a":' + b"9" * 5_000 + b"}", {"a": Number("9" * 5_000)}),
            ('{"a":"ü"}'.encode("utf-16"), {"a": "ü"}),
        ],
    )  # fmt: skip
    def test_what_has_no_sense_is_replaced_and_the_rest_is_read(
        self, content: bytes, value: object
    ) -> None:
        assert json_object(content) == value
        compact(value)

    @pytest.mark.parametrize(
        "content", [b"[]", b"7", b'"x"', b"{", b"<html>", b"true", b"[" * 100_000, b"{}{}"]
    )
    def test_what_is_no_object_is_unreadable(self, content: bytes) -> None:
        with pytest.raises(UnreadableError):
            json_object(content)


@pytest.mark.parametrize("content", [b"", PAGE, b"{}"])
def test_a_refused_token_concerns_the_app_whoever_says_so(content: bytes) -> None:
    assert type(error_of(401, content, {})) is AppRefusedError

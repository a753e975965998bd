"""What is told of a callback before anything is put together: whether the app gave its address."""

from __future__ import annotations

import json
from collections.abc import Callable

import azure.functions as func
import pytest

from local.host.invocation import InvocationContext
from shared.domain.callback_url import CallbackSigner
from shared.triggers import callback
from shared.triggers.provider import Services
from tests.support.runs import RUN_ID, SESSION

SIGNER = CallbackSigner("org.crm.dynamics.com", (b"k" * 32,))
BODY = json.dumps({"flowsessionid": SESSION}).encode()

Answer = Callable[[str, str, bytes], func.HttpResponse]


class PutTogetherError(Exception):
    """The services were asked for."""


INVOCATION = InvocationContext("an id", "callback", "")


@pytest.fixture
def call_back() -> Answer:
    """The function of an instance that has put nothing together yet, and says so if it must."""

    def services() -> Services:
        raise PutTogetherError

    app = func.FunctionApp()
    app.register_functions(callback.blueprint(services, SIGNER))
    (function,) = app.get_functions()

    def call(run_id: str, signature: str, body: bytes) -> func.HttpResponse:
        url = "http://127.0.0.1/api/callbacks"
        parameters = {"runId": run_id, "signature": signature}
        request = func.HttpRequest("POST", url, route_params=parameters, body=body)
        answer: func.HttpResponse = function.get_user_function()(request, INVOCATION)
        return answer

    return call


@pytest.mark.parametrize("body", [BODY, b"not JSON", b" " * 20_000])
@pytest.mark.parametrize(
    ("run_id", "signature"),
    [
        (RUN_ID, "0" * 32),
        (RUN_ID, SIGNER.sign(RUN_ID)[:-1]),
        (RUN_ID, CallbackSigner("org.crm.dynamics.com", (b"x" * 32,)).sign(RUN_ID)),
        (RUN_ID.upper(), SIGNER.sign(RUN_ID)),
        (RUN_ID.upper(), SIGNER.sign(RUN_ID.upper())),
        ("nonsense", "0" * 32),
        ("\ud800" * 43, "\ud800" * 32),
    ],
    ids=["zeros", "cut", "another key", "upper case", "no run id", "nonsense", "not text"],
)
def test_a_forged_callback_is_404_whatever_it_holds_and_nothing_is_put_together_for_it(
    call_back: Answer, run_id: str, signature: str, body: bytes
) -> None:
    """A flood of them on a new instance does not even make it import what the services need."""
    answer = call_back(run_id, signature, body)
    assert answer.status_code == 404
    assert json.loads(answer.get_body())["error"]["code"] == "NotFound"


@pytest.mark.parametrize(
    ("body", "status"), [(b" " * 20_000, 413), (b"not JSON", 400), (b"{}", 400)]
)
def test_a_body_that_names_no_session_is_refused_before_anything_is_put_together(
    call_back: Answer, body: bytes, status: int
) -> None:
    assert call_back(RUN_ID, SIGNER.sign(RUN_ID), body).status_code == status


def test_only_a_signed_callback_that_names_a_session_needs_the_services(
    call_back: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    assert call_back(RUN_ID, SIGNER.sign(RUN_ID), BODY).status_code == 500
    assert "PutTogetherError" in caplog.text

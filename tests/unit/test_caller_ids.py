"""What a caller knows its request by is told beside the run, and ends no line of the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import azure.functions as func
import pytest

from local.host.invocation import InvocationContext
from shared.domain.caller_ids import ID_LIMIT, NO_IDS, CallerIds, caller_ids
from shared.domain.locations import LocationSigner
from shared.triggers import runs, waits
from shared.triggers.addresses import Addresses
from tests.support.broker import valid_body
from tests.support.services import ENVIRONMENT, KEY, Bench

ENGINES = "08584838937392174820331393402CU00"
GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SENT = {
    "x-ms-client-tracking-id": ENGINES,
    "x-ms-client-request-id": GUID,
    "traceparent": TRACE,
}
TOLD = f"client_tracking_id='{ENGINES}' client_request_id='{GUID}' traceparent='{TRACE}'"
BODY = valid_body()
LISTENS = {"notificationUrl": "https://prod-1.engine.example.org/run?sig=hush-hush"}
STARTS: dict[str, dict[str, Any]] = {
    "start_run": BODY,
    "start_batch": {"runs": [BODY | {"idempotencyKey": "a"}]},
    "start_and_wait": BODY | LISTENS,
    "start_and_poll": BODY,
}


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def told(bench: Bench, caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
    """Make a start by one of the calls, and give what the log tells of it."""
    app = func.FunctionApp()
    app.register_functions(runs.blueprint(lambda: bench.app, Addresses()))
    signer = LocationSigner(ENVIRONMENT, (KEY,))
    app.register_functions(waits.blueprint(lambda: bench.app, Addresses(), signer))
    functions = {each.get_function_name(): each for each in app.get_functions()}

    def start(name: str, headers: dict[str, str]) -> list[str]:
        request = func.HttpRequest(
            "POST",
            "https://broker.example.org/api/x",
            headers={"Idempotency-Key": "a"} | headers,
            body=json.dumps(STARTS[name]).encode(),
        )
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="shared"):
            answer = functions[name].get_user_function()(
                request, context=InvocationContext("an id", name, "")
            )
        assert answer.status_code < 300
        lines = [record.getMessage() for record in caplog.records]
        return [line for line in lines if line.startswith(("run.queued", "run.asked_for_again"))]

    return start


@pytest.mark.parametrize("name", STARTS)
def test_each_start_is_told_with_the_ids_of_its_caller(
    told: Callable[..., list[str]], name: str
) -> None:
    (line,) = told(name, SENT)
    assert line.startswith("run.queued run_id=")
    assert line.endswith(TOLD)


@pytest.mark.parametrize("name", STARTS)
def test_who_asks_again_is_told_of_the_same_run_by_ids_of_his_own(
    told: Callable[..., list[str]], name: str
) -> None:
    """Two turns of a loop under one key are one run: the log shows who was answered with it."""
    (first,) = told(name, {})
    (again,) = told(name, SENT)
    run_id = first.split()[1]
    assert again.startswith(f"run.asked_for_again {run_id} ")
    assert again.endswith(TOLD)
    assert "client_" not in first, "who sends none is told of without"


@pytest.mark.parametrize(
    "text",
    [
        "a'\nrun.queued run_id='forged'",
        "a\r\nb",
        "a\u2028b",
        "\x1b[31mred",
        "x" * 10_000,
        "https://prod-1.engine.example.org/run?sig=hush-hush",
    ],
    ids=["line feed", "carriage return", "separator", "escape", "long", "address"],
)
def test_an_odd_id_ends_neither_line_nor_value_and_tells_no_secret(
    told: Callable[..., list[str]], text: str
) -> None:
    (line,) = told("start_run", {"x-ms-client-tracking-id": text})
    assert line.isprintable()
    assert line.isascii()
    assert len(line) < 200 + ID_LIMIT
    assert "hush" not in line
    assert line.count("'") == 8, "four values, each between quotes of its own"


@pytest.mark.parametrize(
    "text",
    [
        "",
        TRACE.upper(),
        TRACE[:-1],
        f"{TRACE}-more",
        f"ff{TRACE[2:]}",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
    ],
)
def test_a_trace_that_is_none_is_not_told(text: str) -> None:
    assert caller_ids({"traceparent": text}) == NO_IDS


def test_an_id_is_visible_ascii_and_bounded() -> None:
    odd = {"x-ms-client-tracking-id": f" a b\u00e4{'c' * ID_LIMIT} ", "x-ms-client-request-id": " "}
    assert caller_ids(odd) == CallerIds(tracking=f"a?b?{'c' * (ID_LIMIT - 4)}")

"""`Operation-Location` is followed to the end by the poller of every Azure SDK, as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import HeadersPolicy
from azure.core.polling import LROPoller
from azure.core.polling.base_polling import LROBasePolling
from azure.core.rest import HttpRequest

from tests.support.broker import Broker, valid_body
from tests.support.patience import PATIENCE_SECONDS, until


@pytest.fixture
def client(app: Broker) -> Iterator[PipelineClient[Any, Any]]:
    """A client such as generated SDKs have; all it knows of the app is address and key."""
    key = HeadersPolicy({"x-functions-key": app.hosts[0].function_key})
    with PipelineClient[Any, Any](str(app.http.base_url), per_call_policies=[key]) as made:
        yield made


def accepted(client: PipelineClient[Any, Any], key: str, **fields: Any) -> Any:
    """Start a run as an SDK does, and give the answer as its pipeline does."""
    request = HttpRequest(
        "POST", "runs", json=valid_body(**fields), headers={"Idempotency-Key": key}
    )
    request.url = client.format_url(request.url)
    return client._pipeline.run(request)  # what generated code calls


def followed(client: PipelineClient[Any, Any], initial: Any) -> LROPoller[Any]:
    polling = LROBasePolling[Any, Any, Any](timeout=1)
    return LROPoller(client, initial, lambda answer: answer.http_response.json(), polling)


def begin(client: PipelineClient[Any, Any], key: str, **fields: Any) -> LROPoller[Any]:
    """Start a run and follow it, as an SDK's `begin_…` does."""
    return followed(client, accepted(client, key, **fields))


def refusal(poller: LROPoller[Any]) -> HttpResponseError:
    with pytest.raises(HttpResponseError) as raised:
        poller.result(PATIENCE_SECONDS)
    return raised.value


def test_a_run_that_succeeds_is_given_as_the_result(client: PipelineClient[Any, Any]) -> None:
    poller = begin(client, "succeeds")
    run = poller.result(PATIENCE_SECONDS)
    assert poller.status() == "Succeeded"
    assert run["status"] == "Succeeded"
    assert run["flowSessionId"]


def test_a_run_that_fails_is_an_error_with_its_code(client: PipelineClient[Any, Any]) -> None:
    poller = begin(client, "fails", inputs={"Outcome": "MachineNotFound"})
    error = refusal(poller)
    assert poller.status() == "Failed"
    assert error.error is not None
    assert error.error.code == "MachineNotFound"


def test_a_run_that_times_out_is_an_error_too(client: PipelineClient[Any, Any]) -> None:
    """The poller knows no such state, and would poll for ever."""
    poller = begin(client, "times out", inputs={"Outcome": "hang"}, timeout=1)
    error = refusal(poller)
    assert poller.status() == "Failed"
    assert error.error is not None
    assert error.error.code in ("TimedOut", "DesktopFlowsActionTimeout")


def test_a_run_that_is_cancelled_is_told_in_the_pollers_spelling(
    app: Broker, client: PipelineClient[Any, Any]
) -> None:
    app.dataverse.hold("machines")
    poller = begin(client, "is cancelled")
    run_id = app.post(valid_body(), key="is cancelled").json()["runId"]
    app.until(run_id, "Running")
    assert app.http.post(f"/runs/{run_id}/cancel").status_code == 202
    refusal(poller)
    assert poller.status() == "Canceled"


def test_a_run_that_was_cancelled_while_it_waited_is_told_so_too(
    app: Broker, client: PipelineClient[Any, Any]
) -> None:
    name = "shared-load-61"
    app.until(app.start(connectionName=name))
    lanes = app.http.get("/lanes").json()["value"]
    (lane,) = (each["laneId"] for each in lanes if each["connectionName"] == name)
    app.http.post(f"/lanes/{lane}/pause", json={"reason": "a test"})
    initial = accepted(client, "waits", connectionName=name)
    run_id = initial.http_response.json()["runId"]
    waiting = app.http.get(f"/operations/{run_id}")
    assert waiting.json()["status"] == "NotStarted"
    assert waiting.headers["retry-after"] == "60", "nobody knows when its turn comes"
    assert app.http.post(f"/runs/{run_id}/cancel").status_code == 202
    poller = followed(client, initial)
    refusal(poller)
    assert poller.status() == "Canceled"


@pytest.mark.parametrize("outcome", ["Done", "fail"])
def test_a_start_that_is_repeated_after_the_end_is_no_poll_without_an_end(
    app: Broker, client: PipelineClient[Any, Any], outcome: str
) -> None:
    """It is answered 200, with a run that has ended."""
    fields = {"inputs": {"Outcome": outcome}} if outcome == "fail" else {}
    app.until(app.post(valid_body(**fields), key=f"again {outcome}").json()["runId"])
    poller = begin(client, f"again {outcome}", **fields)
    until(poller.done, "it polls for ever")
    assert poller.status() == ("Failed" if outcome == "fail" else "Succeeded")


def test_an_operation_tells_when_to_ask_again_until_it_has_ended(app: Broker) -> None:
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    answer = app.http.get(f"/operations/{run_id}")
    assert answer.json() == {
        "id": run_id,
        "status": "Running",
        "createdDateTime": app.run(run_id)["createdAt"],
    }
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    app.dataverse.release("machines")
    app.until(run_id)
    ended = app.http.get(f"/operations/{run_id}")
    assert ended.json()["resourceLocation"] == f"{app.http.base_url}runs/{run_id}"
    assert "retry-after" not in ended.headers

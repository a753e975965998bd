"""What engines are answered over HTTP, at addresses that they were given and at those made up."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import azure.functions as func
import pytest

from local.host.invocation import InvocationContext
from shared.dataverse.errors import NotSentError
from shared.domain.locations import LocationKind, LocationSigner
from shared.domain.run import RunStatus
from shared.services.reading.ending import PATIENCE_MS
from shared.storage.table import StorageUnavailableError
from shared.triggers import subscriptions, waits
from shared.triggers.addresses import Addresses
from shared.triggers.provider import Provider, Services
from tests.support.services import ENVIRONMENT, KEY, Bench

BASE = "https://broker.example.org"
URL = "https://prod-1.engine.example.org:443/workflows/a/run?sp=%2Frun&sig=hush-hush"
SIGNER = LocationSigner(ENVIRONMENT, (KEY,))
START = {
    "workflowId": "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
    "connectionName": "shared-finance-01",
    "runMode": "unattended",
}

Answered = func.HttpResponse
App = dict[str, Callable[..., Answered]]


class PutTogetherError(Exception):
    """The services were asked for."""


async def settled(_: float) -> None:
    """Let no time pass: nobody else is here who might tell of an end."""


def functions(provider: Provider) -> App:
    app = func.FunctionApp()
    app.register_functions(waits.blueprint(provider, Addresses(BASE), SIGNER))
    app.register_functions(subscriptions.blueprint(provider, Addresses(BASE), SIGNER, settled))
    return {
        each.get_function_name() or "": each.get_user_function() for each in app.get_functions()
    }


def call(
    found: App,
    name: str,
    body: Any = None,
    *,
    key: str | None = None,
    route: dict[str, str] | None = None,
) -> Answered:
    request = func.HttpRequest(
        "POST",
        f"{BASE}/api/x",
        headers={} if key is None else {"Idempotency-Key": key},
        route_params=route or {},
        body=json.dumps(body).encode(),
    )
    answer: Any = found[name](request, InvocationContext("an id", name, ""))
    return cast("Answered", asyncio.run(answer) if inspect.iscoroutine(answer) else answer)


def route_of(location: str) -> dict[str, str]:
    """Read what the host reads from an address."""
    assert location.startswith(f"{BASE}/api/")
    _, name, signature = location.removeprefix(f"{BASE}/api/").split("/")
    return {"id": name, "signature": signature}


def content(answer: Answered) -> Any:
    return json.loads(answer.get_body())


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def app(bench: Bench) -> App:
    return functions(lambda: bench.app)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("leave_wait", LocationKind.WAIT),
        ("poll_run", LocationKind.POLL),
        ("unsubscribe", LocationKind.SUBSCRIPTION),
    ],
)
def test_an_address_that_was_made_up_is_404_and_nothing_is_put_together_for_it(
    name: str, kind: LocationKind
) -> None:
    """A flood of them on a new instance does not even make it import what the services need."""

    def provider() -> Services:
        raise PutTogetherError

    found = functions(provider)
    others = [other for other in LocationKind if other is not kind]
    for signature in ("0" * 32, *(SIGNER.path(other, "a").split("/")[2] for other in others)):
        answer = call(found, name, route={"id": "a", "signature": signature})
        assert answer.status_code == 404
        assert content(answer)["error"]["code"] == "NotFound"
    assert call(
        found, name, route=route_of(f"{BASE}/api/{SIGNER.path(kind, 'a')}")
    ).status_code == (500)


class TestWaits:
    def test_a_start_is_answered_with_an_address_of_its_own(self, app: App) -> None:
        answer = call(app, "start_and_wait", START | {"notificationUrl": URL}, key="a")
        assert answer.status_code == 201
        assert content(answer)["status"] == "Queued"
        location = answer.headers["Location"]
        again = call(app, "start_and_wait", START | {"notificationUrl": URL}, key="a")
        assert (again.status_code, again.headers["Location"]) == (201, location)

    def test_it_is_left_any_number_of_times(self, app: App, bench: Bench) -> None:
        body = START | {"notificationUrl": URL, "cancelOnUnsubscribe": True}
        answer = call(app, "start_and_wait", body, key="a")
        route = route_of(answer.headers["Location"])
        for _ in range(3):
            left = call(app, "leave_wait", route=route)
            assert (left.status_code, left.get_body()) == (204, b"")
        assert bench.run(content(answer)["runId"]).status is RunStatus.CANCELLED

    def test_a_signed_address_of_what_never_was_is_left_too(self, app: App) -> None:
        """Retention may have removed it; the engine repeats what was not answered."""
        for name in ("nonsense", f"{'0' * 16}-{'0' * 26}-{'0' * 16}"):
            route = route_of(f"{BASE}/api/{SIGNER.path(LocationKind.WAIT, name)}")
            assert call(app, "leave_wait", route=route).status_code == 204

    def test_all_faults_are_told_at_once_the_missing_key_too(self, app: App) -> None:
        answer = call(app, "start_and_wait", START | {"runMode": "both"})
        assert answer.status_code == 400
        found = [each["target"] for each in content(answer)["error"]["details"]]
        assert found == ["Idempotency-Key", "runMode", "notificationUrl"]

    @pytest.mark.parametrize("function", ["start_and_wait", "start_and_poll"])
    @pytest.mark.parametrize("key", [None, "", " a", "\u00e4"])
    def test_without_a_key_nothing_is_started(
        self, app: App, bench: Bench, function: str, key: str | None
    ) -> None:
        """An engine repeats by itself what was answered 5xx, or not at all."""
        body = START | ({"notificationUrl": URL} if function == "start_and_wait" else {})
        answer = call(app, function, body, key=key)
        assert answer.status_code == 400
        assert content(answer)["error"]["target"] == "Idempotency-Key"
        assert bench.app.lanes() == []


class TestPolls:
    def start(self, app: App) -> tuple[str, dict[str, str]]:
        """Start a run, and give its id and where it is asked for."""
        answer = call(app, "start_and_poll", START, key="a")
        assert answer.status_code == 202
        assert int(answer.headers["Retry-After"]) >= waits.POLL_LEAST_SECONDS
        return content(answer)["runId"], route_of(answer.headers["Location"])

    def test_until_the_end_it_is_answered_202_with_the_same_headers(
        self, app: App, bench: Bench
    ) -> None:
        run_id, route = self.start(app)
        for works in (False, True):
            if works:
                bench.works(run_id)
            answer = call(app, "poll_run", route=route)
            assert answer.status_code == 202
            assert route_of(answer.headers["Location"]) == route
            assert int(answer.headers["Retry-After"]) >= waits.POLL_LEAST_SECONDS
            assert content(answer)["runId"] == run_id

    def test_the_longer_it_takes_the_less_often_it_is_worth_a_call(
        self, app: App, bench: Bench
    ) -> None:
        """Engines share a few hundred calls a minute."""
        run_id, route = self.start(app)
        bench.works(run_id)
        bench.clock.sleep(600)
        assert call(app, "poll_run", route=route).headers["Retry-After"] == "60"

    def test_one_that_succeeded_is_200_with_its_outputs(self, app: App, bench: Bench) -> None:
        bench.dataverse.given = {"Invoice": "2026-0001"}
        run_id, route = self.start(app)
        bench.works(run_id)
        bench.ends(run_id)
        answer = call(app, "poll_run", route=route)
        assert answer.status_code == 200
        assert "Location" not in answer.headers
        assert content(answer)["outputs"] == {"Invoice": "2026-0001"}

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (RunStatus.FAILED, "RunFailed"),
            (RunStatus.CANCELLED, "RunCancelled"),
            (RunStatus.TIMED_OUT, "RunTimedOut"),
        ],
    )
    def test_one_that_did_not_succeed_is_an_error_that_no_engine_repeats(
        self, app: App, bench: Bench, status: RunStatus, code: str
    ) -> None:
        """So a flow fails when its robot has failed: 408, 429 and 5xx would be tried again."""
        run_id, route = self.start(app)
        bench.ends(run_id, status)
        answer = call(app, "poll_run", route=route)
        assert answer.status_code == 424
        error = content(answer)["error"]
        assert error["code"] == code
        assert (error["innererror"]["runId"], error["innererror"]["status"]) == (run_id, status)

    def test_while_dataverse_is_away_outputs_are_asked_for_again(
        self, app: App, bench: Bench
    ) -> None:
        bench.dataverse.given = NotSentError("no token")
        run_id, route = self.start(app)
        bench.works(run_id)
        bench.ends(run_id)
        assert call(app, "poll_run", route=route).status_code == 202
        bench.clock.at += PATIENCE_MS
        answer = call(app, "poll_run", route=route)
        assert answer.status_code == 200
        assert content(answer)["outputsError"]["code"] == "OutputsUnavailable"

    def test_while_storage_is_away_it_goes_on_as_far_as_anybody_knows(
        self, app: App, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error would fail a flow whose robot works."""

        def fails(*_: object) -> None:
            raise StorageUnavailableError("no answer")

        run_id, route = self.start(app)
        monkeypatch.setattr(bench.table, "get", fails)
        answer = call(app, "poll_run", route=route)
        assert answer.status_code == 202
        assert content(answer) == {"runId": run_id}
        assert route_of(answer.headers["Location"]) == route

    def test_one_that_retention_removed_is_not_found(self, app: App, bench: Bench) -> None:
        run_id, route = self.start(app)
        bench.ends(run_id)
        bench.clock.at += bench.policy.retention
        bench.app.retain()
        answer = call(app, "poll_run", route=route)
        assert (answer.status_code, content(answer)["error"]["code"]) == (404, "RunNotFound")

    def test_a_short_retention_leaves_an_end_that_may_yet_be_told(
        self, app: App, bench: Bench
    ) -> None:
        """What is told to engines is read from the run: it must be there for as long."""
        bench.policy = replace(bench.policy, retention=60_000)
        instance = bench.instance()
        run_id, _ = self.start(app)
        bench.ends(run_id)
        bench.clock.at += bench.policy.engine_redelivery.patience
        instance.retain()
        assert instance.read(run_id) is not None
        bench.clock.at += bench.policy.engine_redelivery.patience
        instance.retain()
        assert instance.read(run_id) is None


class TestSubscriptions:
    def test_who_subscribes_is_answered_with_where_it_ends(self, app: App, bench: Bench) -> None:
        body = {"notificationUrl": URL, "status": ["TimedOut", "Failed"]}
        answer = call(app, "subscribe", body)
        assert answer.status_code == 201
        assert content(answer)["status"] == ["Failed", "TimedOut"]
        route = route_of(answer.headers["Location"])
        assert len(bench.app.subscriptions()) == 1
        for _ in range(3):
            assert call(app, "unsubscribe", route=route).status_code == 204
        assert bench.app.subscriptions() == []

    def test_operators_see_who_is_subscribed_without_his_secret(self, app: App) -> None:
        location = call(app, "subscribe", {"notificationUrl": URL}).headers["Location"]
        answer = call(app, "list_subscriptions")
        (told,) = content(answer)["value"]
        assert told["notificationUrl"] == URL.partition("?")[0]
        assert told["location"] == location
        assert told["failingSince"] is None
        assert b"hush" not in answer.get_body()

    def test_what_is_wrong_is_told(self, app: App) -> None:
        answer = call(app, "subscribe", {"status": ["Running"], "notificationUrl": "http://a.b/"})
        assert answer.status_code == 400
        assert content(answer)["error"]["target"] == "status"

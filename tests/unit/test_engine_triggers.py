"""What engines are answered over HTTP that wait or listen, and at addresses that were made up."""

from __future__ import annotations

import pytest

from shared.domain.locations import LocationKind
from shared.domain.run import RunStatus
from shared.triggers.provider import Services
from tests.support.engine_calls import (
    BASE,
    SIGNER,
    START,
    URL,
    App,
    call,
    content,
    functions,
    route_of,
)
from tests.support.services import Bench


class PutTogetherError(Exception):
    """The services were asked for."""


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

"""With a key that may only read the page offers no act, and the app would refuse it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.broker import Broker, broker
from tests.support.browsing import watched
from tests.support.console import Console

KEY = secrets.token_urlsafe(24)


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("broker"), read_only_key=KEY) as made:
        yield made


@pytest.fixture
def console(app: Broker, browser: Browser) -> Iterator[Console]:
    with watched(browser) as (page, watch):
        yield Console(page, watch, app)


def test_whoever_may_only_read_is_told_and_offered_nothing_else(console: Console) -> None:
    app, page = console.app, console.page
    app.dataverse.hold("machines")
    run_id = app.start(connectionName="shared-load-95")
    app.until(run_id, "Running")
    console.open_door()
    console.give(KEY)
    expect(page.get_by_text("Read only")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="shared-load-95")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    console.go(f"runs/{run_id}")
    expect(console.heading()).to_contain_text("Running")
    expect(page.get_by_role("button", name="Cancel run")).to_have_count(0)
    console.go("start")
    expect(page.get_by_role("main")).to_contain_text("This key may only read")
    expect(page.get_by_role("main").locator("form")).to_have_count(0)
    app.dataverse.release("machines")


def test_the_app_itself_refuses_what_the_page_does_not_offer(console: Console) -> None:
    run_id = console.app.start()
    headers = {"x-functions-key": KEY}
    refused = console.app.http.post(f"/runs/{run_id}/cancel", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "ReadOnly"
    assert console.app.until(run_id)["status"] == "Succeeded"

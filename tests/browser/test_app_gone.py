"""An app that cannot be reached is told, what was shown stays, and all goes on when it is back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.broker import Broker, broker
from tests.support.browsing import watched
from tests.support.console import Console

CANNOT_BE_REACHED = r"ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|status of 50\d"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path) as made:
        yield made


@pytest.fixture
def console(app: Broker, browser: Browser) -> Iterator[Console]:
    with watched(browser) as (page, watch):
        yield Console(page, watch, app)


def test_what_was_shown_stays_with_its_age_until_the_app_is_back(console: Console) -> None:
    console.watch.expect(CANNOT_BE_REACHED)
    app, page = console.app, console.page
    app.until(app.start())
    console.open()
    row = page.get_by_role("row").filter(has_text="shared-finance-01")
    expect(row).to_be_visible()
    told = page.get_by_test_id("as-of")
    expect(told).to_have_text(re.compile(r"^as of \d\d:\d\d:\d\d$"))

    app.hosts[0].kill()
    page.keyboard.press("r")
    expect(told).to_contain_text("trying again")
    expect(told).to_contain_text("the app cannot be reached")
    expect(told).to_contain_text(re.compile(r"as of \d\d:\d\d:\d\d"))
    expect(row).to_be_visible()

    app.hosts[0].start()
    expect(told).to_have_text(re.compile(r"^as of \d\d:\d\d:\d\d$"))
    expect(row).to_be_visible()

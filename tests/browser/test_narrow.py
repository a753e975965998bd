"""At 320 CSS pixels, as on a small phone, everything is there and can be reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.broker import Broker
from tests.support.browsing import watched
from tests.support.console import Console

WIDTH = 320
OVERFLOWING = """() => [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility() && !each.closest(".visually-hidden, thead"))
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
    .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture
def console(app: Broker, browser: Browser) -> Iterator[Console]:
    phone = {"viewport": {"width": WIDTH, "height": 640}, "has_touch": True, "is_mobile": True}
    with watched(browser, **phone) as (page, watch):
        yield Console(page, watch, app)


@pytest.mark.parametrize("view", ["lanes", "lane", "runs", "run", "start", "messages"])
def test_no_view_is_wider_than_the_phone(console: Console, view: str) -> None:
    app, page = console.app, console.page
    run = app.until(app.start(correlationId="a-correlation-id-without-a-blank" * 3))
    lane_id = run["runId"].partition("-")[0]
    console.open({"lane": f"lanes/{lane_id}", "run": f"runs/{run['runId']}"}.get(view, view))
    expect(console.heading()).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("Reading")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    assert page.evaluate(OVERFLOWING) == []


def test_a_dialog_is_read_and_answered_on_a_phone(console: Console) -> None:
    app, page = console.app, console.page
    app.until(app.start(connectionName="shared-load-320"))
    console.open()
    console.press("Pause shared-load-320")
    box = console.dialog().bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= WIDTH
    console.dialog().get_by_role("button", name="Leave it").click()
    expect(console.dialog()).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH

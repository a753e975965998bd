"""The lanes, and what an operator does about one."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.support.broker import Broker, Json
from tests.support.browsing import watched
from tests.support.console import OPERATOR, Console
from tests.support.patience import until

_numbers = itertools.count(1001)


def lane_of(console: Console, connection: str) -> Json:
    lanes: list[Json] = console.app.http.get("/lanes").json()["value"]
    return next(lane for lane in lanes if lane["connectionName"] == connection)


@pytest.fixture
def connection(console: Console) -> str:
    """A connection of the test's own, on which a run has ended."""
    name = f"shared-load-{next(_numbers)}"
    console.app.until(console.app.start(connectionName=name))
    return name


def test_a_lane_is_paused_and_resumed_and_each_is_asked_once(
    console: Console, connection: str
) -> None:
    """With its reason, until when, and who: it says "asked", and then what came of it."""
    app, page = console.app, console.page
    console.open()
    console.press(f"Pause {connection}")
    dialog = console.dialog()
    expect(dialog.get_by_role("heading")).to_have_text(f"Pause {connection}?")
    act = dialog.get_by_role("button", name="Pause the lane")
    expect(act).to_be_disabled()
    dialog.get_by_label("Reason").fill("Month end")
    dialog.get_by_label("Your name").fill(OPERATOR)
    console.confirm("Pause the lane")
    expect(console.notice()).to_contain_text(f"Pause of {connection} asked.")
    expect(console.notice()).to_contain_text("The lane is paused.")
    needs = page.get_by_role("region", name="Needs you")
    expect(needs).to_contain_text(f"{connection} is paused. Month end")
    reason = lane_of(console, connection)["pauseReason"]
    assert reason["message"] == f"Month end ({OPERATOR})"

    waiting = app.start(connectionName=connection)
    console.go(f"runs/{waiting}")
    expect(page.get_by_role("main")).to_contain_text("Month end")

    console.go("lanes")
    needs.get_by_role("button", name=f"Resume {connection}").click()
    expect(console.dialog()).to_contain_text("Month end")
    console.confirm("Resume the lane")
    expect(console.notice()).to_contain_text("The lane goes on.")
    expect(needs.filter(has_text=connection)).to_have_count(0)
    assert app.until(waiting)["status"] == "Succeeded"


def test_a_pause_ends_at_a_time_of_ones_own_which_is_told_in_utc_too(
    app: Broker, browser: Browser, connection: str
) -> None:
    """It is typed in the browser's time zone, and one that is over is not taken."""
    with watched(browser, timezone_id="America/New_York") as (page, watch):
        console = Console(page, watch, app)
        console.open()
        console.press(f"Pause {connection}")
        dialog = console.dialog()
        dialog.get_by_label("Reason").fill("Month end")
        dialog.get_by_label("Your name").fill(OPERATOR)
        act = dialog.get_by_role("button", name="Pause the lane")
        expect(dialog.get_by_label("Until, in")).to_have_count(0)
        dialog.get_by_label("How long").select_option("until a time of your own")
        end = dialog.get_by_label("Until, in America/New_York")
        expect(end).to_have_value(re.compile(r"\d{4}-\d\d-\d\dT06:00"))
        expect(dialog.get_by_label("Your name")).to_have_value(OPERATOR)
        end.fill("2020-01-05T12:00")
        expect(dialog).to_contain_text("That time is over.")
        expect(act).to_be_disabled()
        end.fill("")
        expect(act).to_be_disabled()
        end.fill("2098-07-01T18:30")
        expect(dialog).to_contain_text("That is 2098-07-01 22:30:00 UTC")
        console.confirm("Pause the lane")
        expect(console.notice()).to_contain_text("The lane is paused.")
    lane = lane_of(console, connection)
    assert lane["pausedUntil"].startswith("2098-07-01T22:30:00")
    app.http.post(f"/lanes/{lane['laneId']}/resume")


def test_the_lanes_are_shown_though_the_app_does_not_say_what_needs_somebody(
    console: Console, connection: str
) -> None:
    """They wait for that, whose place is above them, but a second at most."""
    console.page.route("**/api/attention", lambda _: None)
    console.open()
    expect(console.page.get_by_role("row").filter(has_text=connection)).to_be_visible()


def test_whoever_leaves_the_dialog_has_asked_for_nothing(console: Console, connection: str) -> None:
    console.open()
    console.press(f"Pause {connection}")
    console.dialog().get_by_label("Reason").fill("Never mind")
    console.page.keyboard.press("Escape")
    expect(console.dialog()).to_have_count(0)
    expect(console.page.get_by_role("button", name=f"Pause {connection}")).to_be_focused()
    assert lane_of(console, connection)["pauseReason"] is None


def test_the_window_of_a_lane_is_a_picture_and_its_words(console: Console, connection: str) -> None:
    """70 cells: free, in flight, held; who does not see them is told the same."""
    console.app.dataverse.hold("machines")
    for _ in range(3):
        console.app.until(console.app.start(connectionName=connection), "Running")
    console.open()
    row = console.page.get_by_role("row").filter(has_text=connection)
    picture = row.get_by_role("img", name=re.compile(r"\d+ of 70 slots free, .*held"))
    expect(picture).to_be_visible()
    row.get_by_role("link", name=connection).click()
    expect(console.heading()).to_have_text(connection)
    expect(console.page.get_by_role("main")).to_contain_text(re.compile("of 70 slots free"))
    assert console.page.locator("svg.window-grid rect").count() == 70
    lane = lane_of(console, connection)
    until(lambda: lane_of(console, connection)["activeFlowSessions"] == 3, str(lane))
    console.app.dataverse.release("machines")

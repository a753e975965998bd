"""Everything is reached and done by keys alone, and focus stays where it was over refreshes."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.support.console import OPERATOR, Console

CONNECTION = "shared-load-91"


def tab_to(console: Console, wanted: Locator) -> None:
    """Press Tab until something has the focus; give up once around the page."""
    for _ in range(150):
        console.page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_an_operator_needs_no_mouse(console: Console) -> None:
    app, page = console.app, console.page
    keys = page.keyboard
    run_id = app.start(connectionName=CONNECTION, correlationId="by keys")
    app.until(run_id)
    console.open_door()
    expect(page.get_by_label("Function key")).to_be_focused()
    keys.type(console.key)
    keys.press("Enter")
    expect(console.heading()).to_have_text("Lanes")

    tab_to(console, page.get_by_role("button", name=f"Pause {CONNECTION}"))
    keys.press("Enter")
    expect(console.dialog()).to_be_visible()
    tab_to(console, console.dialog().get_by_label("Reason"))
    keys.type("By keys alone")
    tab_to(console, console.dialog().get_by_label("Your name"))
    keys.type(OPERATOR)
    keys.press("Enter")
    expect(console.dialog()).to_have_count(0)
    expect(console.notice()).to_contain_text("The lane is paused.")
    tab_to(console, page.get_by_role("button", name=f"Resume {CONNECTION}").first)
    keys.press("Enter")
    tab_to(console, console.dialog().get_by_role("button", name="Resume the lane"))
    keys.press("Enter")
    expect(console.notice()).to_contain_text("The lane goes on.")

    keys.press("/")
    search = page.get_by_role("searchbox", name=re.compile("correlation id"))
    expect(search).to_be_focused()
    keys.type("by keys")
    keys.press("Enter")
    row = page.locator(f"a[data-row][href='#/runs/{run_id}']")
    expect(row).to_be_visible()
    keys.press("Escape")
    keys.press("j")
    expect(row).to_be_focused()
    keys.press("Enter")
    expect(console.heading()).to_contain_text("Succeeded")
    keys.press("Escape")
    expect(row).to_be_focused()
    for key, heading in (("1", "Lanes"), ("2", "Runs"), ("3", "Start a run"), ("4", "Messages")):
        keys.press(key)
        expect(console.heading()).to_have_text(heading)


def test_the_keys_are_listed(console: Console) -> None:
    console.open()
    console.page.keyboard.press("?")
    expect(console.dialog()).to_contain_text("Search runs")
    console.page.keyboard.press("Escape")
    expect(console.dialog()).to_have_count(0)


def test_focus_stays_on_its_row_while_the_page_is_brought_up_to_date(console: Console) -> None:
    app, page = console.app, console.page
    app.dataverse.hold("machines")
    run_id = app.start(connectionName=CONNECTION)
    app.until(run_id, "Running")
    console.open(f"runs?connectionName={CONNECTION}")
    row = page.locator(f"a[data-row][href='#/runs/{run_id}']")
    row.focus()
    app.dataverse.release("machines")
    expect(page.get_by_role("row").filter(has=row)).to_contain_text("Succeeded")
    expect(row).to_be_focused()


def test_what_changes_is_told_in_one_place_and_seldom(console: Console) -> None:
    """Whoever hears the page is told at most a sentence in five seconds."""
    app, page = console.app, console.page
    app.dataverse.hold("machines")
    run_id = app.start(connectionName=CONNECTION)
    app.until(run_id, "Running")
    console.open(f"runs/{run_id}")
    expect(console.heading()).to_contain_text("Running")
    told = page.locator("[aria-live]")
    expect(told).to_have_count(1)
    app.dataverse.release("machines")
    expect(told).to_have_text("The run has succeeded.")

"""Nothing is shown without a key; a wrong one is told, and one that is taken away is asked for."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.console import Console

REFUSED = "The app does not accept this key."
UNAUTHORIZED = r"status of 401"
"""What the browser itself writes of an answer with 401: the page cannot have it unsaid."""


def test_the_shell_holds_nothing_and_asks_for_a_key(console: Console) -> None:
    console.open_door()
    assert not [each for each in console.watch.requests if "/api/lanes" in each]
    expect(console.page.get_by_role("navigation")).to_have_count(0)


def test_a_wrong_key_is_told_and_not_kept(console: Console) -> None:
    console.watch.expect(UNAUTHORIZED)
    console.open_door()
    console.give("wrong")
    expect(console.page.get_by_role("alert")).to_have_text(REFUSED)
    expect(console.page.get_by_role("navigation")).to_have_count(0)
    console.page.reload()
    expect(console.page.get_by_label("Function key")).to_be_empty()
    console.give(console.key)
    expect(console.heading()).to_have_text("Lanes")


def test_the_key_is_asked_for_once_a_tab(console: Console) -> None:
    """A link that somebody sent leads where it says, after the key and after a reload."""
    console.open("runs?status=Failed")
    expect(console.heading()).to_have_text("Runs")
    console.page.reload()
    expect(console.heading()).to_have_text("Runs")
    assert console.page.url.endswith("#/runs?status=Failed")
    console.press("Forget the key")
    expect(console.page.get_by_label("Function key")).to_be_empty()


def test_a_key_that_the_app_takes_no_more_is_asked_for_again(console: Console) -> None:
    console.watch.expect(UNAUTHORIZED)
    console.open()
    console.page.evaluate(
        "sessionStorage.setItem(Object.keys(sessionStorage)[0], 'of yesterday')",
    )
    console.page.keyboard.press("r")
    expect(console.page.get_by_role("alert")).to_contain_text("does not accept this key any more")
    console.give(console.key)
    expect(console.heading()).to_have_text("Lanes")

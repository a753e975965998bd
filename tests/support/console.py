"""The operators' console as a person uses it: by what stands on it, and by its keys."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.support.broker import Broker
from tests.support.browsing import PATIENCE_MS, Watch

OPERATOR = "Ann of operations"

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Console:
    """One tab of a browser, and the app that its page belongs to."""

    page: Page
    watch: Watch
    app: Broker

    @property
    def address(self) -> str:
        return f"{self.app.hosts[0].url}/api/console"

    @property
    def key(self) -> str:
        return self.app.hosts[0].function_key

    def open_door(self, view: str = "") -> None:
        """Open the page as somebody who has given no key yet."""
        self.page.goto(f"{self.address}{view and f'#/{view}'}")
        expect(self.page.get_by_label("Function key")).to_be_visible()

    def open(self, view: str = "") -> None:
        """Open a view, and give the key."""
        self.open_door(view)
        self.give(self.key)
        expect(self.page.get_by_role("navigation", name="Views")).to_be_visible()

    def give(self, key: str) -> None:
        self.page.get_by_label("Function key").fill(key)
        self.page.get_by_role("button", name="Open the console").click()

    def go(self, view: str) -> None:
        """Go to a view by its address, as by a link that somebody sent."""
        self.page.goto(f"{self.address}#/{view}")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def confirm(self, act: str) -> None:
        """Press the button of the open dialog that names the act, and see the dialog go."""
        self.dialog().get_by_role("button", name=act, exact=True).click()
        expect(self.dialog()).to_have_count(0)

    def notice(self) -> Locator:
        """What was asked for, and what came of it."""
        return self.page.get_by_role("region", name="What you asked for")

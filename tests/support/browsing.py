"""Chromium for tests: one a test run, driven over its own protocol, and kept on this machine.

A page that a test opens is watched: an error on its console, an exception, anything that its
Content-Security-Policy had to stop, and any request that leaves 127.0.0.1 is a fault of the page,
and fails the test at its end, unless the test has said that it expects it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from local.chromium import ADVICE, find

ARGUMENTS = (
    "--no-sandbox",  # tests may be run by root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
HERE = "127.0.0.1"
PATIENCE_MS = 20_000
"""What gives up after this bounds a hang, no more."""

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_NEVER_SENT = frozenset({"data", "blob", "about"})


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium of this machine, with a profile of its own that goes with it."""
    path = find()
    assert path is not None, ADVICE
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What a page did that it should not have done; `expected`: what a test has it do."""

    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("crash", lambda _: self.faults.append("the page crashed"))
        page.on("request", self._asked)

    def expect(self, pattern: str) -> None:
        """Take faults that match for what the test is about."""
        self.expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [one for one in self.faults if not any(each.search(one) for each in self.expected)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in _NEVER_SENT:
            return
        if parts.hostname != HERE:
            self.faults.append(f"request to {request.url}")
        self.requests.append(
            f"{request.method} {parts.path}{'?' if parts.query else ''}{parts.query}"
        )


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[tuple[Page, Watch]]:
    """Open an empty page in a context of its own, and hold it to what no page may do."""
    context: BrowserContext = browser.new_context(
        **{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "timezone_id": "UTC"}
        | options
    )
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch()
    try:
        page = context.new_page()
        watch.over(page)
        yield page, watch
    finally:
        context.close()
    assert not watch.unexpected(), "\n".join(watch.unexpected())


def violations(page: Page) -> list[str]:
    """Have axe look at the page as it stands; give each rule that it breaks, and where."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("async () => await axe.run(document)")
    return [
        f"{rule['id']}: {rule['help']}\n"
        + "\n".join(f"  {node['html']}\n  {node['failureSummary']}" for node in rule["nodes"])
        for rule in found["violations"]
    ]

"""One Chromium and one app for the browser tests of a module.

Playwright keeps an event loop running in its thread for as long as it is there, and the tests of
other modules in the same process run loops of their own: so it ends with the module.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.broker import Broker, broker
from tests.support.browsing import chromium, watched
from tests.support.console import Console


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("broker")) as made:
        yield made


@pytest.fixture
def app(shared_app: Broker) -> Iterator[Broker]:
    yield shared_app
    shared_app.forget()


@pytest.fixture
def console(app: Broker, browser: Browser) -> Iterator[Console]:
    with watched(browser) as (page, watch):
        yield Console(page, watch, app)

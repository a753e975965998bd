"""One app for all tests of a module, with Dataverse as each test wants it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.broker import Broker, broker


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("broker"), limit=1000, limit_window_seconds=1) as made:
        yield made


@pytest.fixture
def app(shared_app: Broker) -> Iterator[Broker]:
    yield shared_app
    shared_app.forget()

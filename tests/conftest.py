"""Parts that tests share: one Azurite and one Dataverse emulator a test run, hosts on demand."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import HealthCheck, settings

from local.emulator.admin_client import EmulatorAdmin
from local.parts import Azurite, Emulator, FunctionHost

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# A loaded machine makes no example wrong: nothing that hypothesis does is bound by time.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")


class MakeHost(Protocol):
    """Make a host, not started yet, for an app of this source code."""

    def __call__(
        self,
        source: str,
        *,
        extensions: dict[str, Any] | None = None,
        settings: dict[str, str] | None = None,
        **options: Any,
    ) -> FunctionHost: ...


@pytest.fixture(scope="session", autouse=True)
def _no_proxy_to_this_machine() -> Iterator[None]:
    """A developer's proxy has no way to the servers of a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with Azurite(tmp_path_factory.mktemp("azurite")) as part:
        yield part


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as part:
        yield part


@pytest.fixture
def admin(emulator: Emulator) -> Iterator[EmulatorAdmin]:
    """Steers the shared emulator; each test finds it, and leaves it, as if new."""
    with EmulatorAdmin(emulator.url) as client:
        client.reset()
        yield client
        client.reset()


@pytest.fixture(scope="session")
def make_host(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> MakeHost:
    """Hosts whose app is a small source text; RUN_STORAGE and SEEN (a file) are set for it."""

    def make(
        source: str,
        *,
        extensions: dict[str, Any] | None = None,
        settings: dict[str, str] | None = None,
        **options: Any,
    ) -> FunctionHost:
        folder: Path = tmp_path_factory.mktemp("app")
        host_json = {"version": "2.0", "extensions": extensions or {}}
        (folder / "host.json").write_text(json.dumps(host_json))
        (folder / "function_app.py").write_text(textwrap.dedent(source))
        given = {"RUN_STORAGE": azurite.connection_string, "SEEN": str(folder / "seen")}
        return FunctionHost(given | (settings or {}), folder, folder=folder, **options)

    return make

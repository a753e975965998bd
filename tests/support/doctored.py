"""An app for its doctor: on the shared parts, with settings and files that may be wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local import doctor
from local.parts import Azurite, Emulator, FunctionHost, settings_for
from local.parts.process import REPOSITORY
from shared.domain.finding import Finding, Outcome

DEPLOYED = ("function_app.py", "host.json", "requirements.txt")
SECRETS = ("CALLBACK_SIGNING_KEY", "IDENTITY_HEADER", "READ_ONLY_KEYS")


@contextmanager
def doctored(
    azurite: Azurite,
    emulator: Emulator,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    *,
    root: Path = REPOSITORY,
) -> Iterator[Patient]:
    """Serve an app with these settings over those of a local run; "" leaves a setting out."""
    given = settings_for(azurite, emulator, **settings or {})
    given = {name: value for name, value in given.items() if value}
    with FunctionHost(given, root, folder=folder, timers=False) as host:
        secrets = [given[name] for name in SECRETS if name in given]
        yield Patient(host, (*secrets, host.function_key))


class Patient:
    """An app that runs, and what nobody is to read in what it tells of itself."""

    def __init__(self, host: FunctionHost, secrets: tuple[str, ...]) -> None:
        self.host = host
        self.secrets = secrets

    def findings(self) -> list[Finding]:
        """Ask the app as `make doctor` does."""
        found = doctor.examine(self.host.url, self.host.function_key)
        told = repr(found)
        assert not [each for each in self.secrets if each in told], "a secret is told"
        assert "AccountKey" not in told
        return found

    def the_one_that_fails(self) -> Finding:
        """Give the one finding that failed, with its advice; the others did not."""
        found = self.findings()
        failing = [each for each in found if each.outcome is Outcome.FAILED]
        assert len(failing) == 1, found
        assert failing[0].advice
        return failing[0]


def copy_of_the_app(folder: Path) -> Path:
    """Copy what is deployed, to be changed."""
    shutil.copytree(
        REPOSITORY / "shared", folder / "shared", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in DEPLOYED:
        shutil.copy(REPOSITORY / name, folder / name)
    return folder

"""The services at first use: what they import and open is not paid for by a cold start."""

import importlib
import os
import threading

from shared.domain.finding import Finding
from shared.settings import Reading, Settings
from shared.triggers.provider import Services


class AtFirstUse:
    """Gives the one set of services, which the first caller waits for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._services: Services | None = None

    def __call__(self) -> Services:
        with self._lock:
            if self._services is None:
                composition = importlib.import_module("shared.composition")
                self._services = composition.compose(self._settings)
            return self._services


class Doctor:
    """Looks at everything that the app stands on, with parts of its own, each time it is called."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __call__(self) -> tuple[int, tuple[Finding, ...]]:
        diagnosis = importlib.import_module("shared.diagnosis")
        found: tuple[int, tuple[Finding, ...]] = diagnosis.diagnose(self._reading, os.environ)
        return found

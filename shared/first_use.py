"""The services at first use: what they import and open is not paid for by a cold start."""

import importlib
import threading

from shared.settings import Settings
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

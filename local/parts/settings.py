"""The app settings of a local run."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.parts.azurite import Azurite
    from local.parts.emulator import Emulator


def settings_for(azurite: Azurite, emulator: Emulator, **overrides: str) -> dict[str, str]:
    """Return the settings of an app on these parts; `overrides` win, by the settings' own names.

    CALLBACK_BASE_URL is left to the host, which knows its own address. Hosts that share a
    backlog must share these settings: each call makes another signing key.
    """
    return {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "PYTHON_THREADPOOL_THREAD_COUNT": "48",
        "AzureWebJobsStorage": azurite.connection_string,
        "RUN_STORAGE": azurite.connection_string,
        "DATAVERSE_URL": emulator.url,
        "CALLBACK_SIGNING_KEY": secrets.token_urlsafe(32),
        **emulator.identity_environment,
        **overrides,
    }

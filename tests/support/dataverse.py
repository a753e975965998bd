"""The product's Dataverse client as composed, for tests that call servers of their own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.credentials import AccessToken

from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE
from shared.dataverse.client import DataverseClient
from shared.dataverse.models import Submitted
from shared.dataverse.token import Credential, TokenSource
from shared.dataverse.web_api import WebApi
from shared.domain.request import RunMode, RunRequest
from tests.support.patience import PATIENCE_SECONDS

SESSION = "d9687093-d0c0-ec11-983e-0022480b428a"
ACCEPTED = {"@odata.context": "…", "flowsessionId": SESSION}
REQUEST = RunRequest(POST_INVOICE.id, FINANCE_CONNECTION, RunMode.UNATTENDED)
RUN = f"/api/data/v9.2/workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"


class Tokens:
    """A credential that gives `token-1`; every new credential of one `Tokens` the next."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self) -> Credential:
        return _Credential(f"token-{next(self._numbers)}")


class _Credential:
    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_: str) -> AccessToken:
        return AccessToken(self._token, 0)


def client_of(url: str, token: str | None = None) -> DataverseClient:
    """Make a client of the server at `url`; without a token, of one that takes any."""
    credentials = Tokens() if token is None else lambda: _Credential(token)
    return DataverseClient(WebApi(url, TokenSource(f"{url}/.default", credentials), pool_size=4))


def run(client: DataverseClient, *, seconds: float = 60) -> Submitted:
    """Start a desktop flow, whichever."""
    return client.run_desktop_flow(REQUEST, None, None, seconds=seconds)


@contextmanager
def takes(least: float, most: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the block to a time, in seconds.

    `most` is what it would take at the least if it were wrong, not what it takes on this machine.
    """
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    assert least <= took <= most, f"took {took:.2f} s"

"""Access tokens for Dataverse, from azure-identity, which caches them until they expire."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from azure.core.exceptions import AzureError

from shared.dataverse.errors import NoTokenError
from shared.domain.telling import told

# What azure-identity raises, and what it lets out when an answer is not what it expects.
_NO_TOKEN = (AzureError, AttributeError, LookupError, TypeError, ValueError)


class AccessToken(Protocol):
    @property
    def token(self) -> str: ...


class Credential(Protocol):
    """azure-identity's credentials, as far as they are used here."""

    def get_token(self, *scopes: str) -> AccessToken: ...


class TokenSource:
    """Hands out tokens of one scope, to many threads.

    Threads that ask at the same time ask once: those who waited for another take what it was
    given, be it a failure. A refused token is replaced once for all who hold it.
    """

    def __init__(self, scope: str, new_credential: Callable[[], Credential]) -> None:
        self._scope = scope
        self._new_credential = new_credential
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._given: str | NoTokenError | None = None
        self._given_at = 0.0

    def get(self) -> str:
        """Give a token; raises NoTokenError where none can be had."""
        asked_at = time.monotonic()
        with self._lock:
            given = self._given
            if given is None or self._given_at < asked_at:
                given = self._given = self._ask()
                self._given_at = time.monotonic()
        if isinstance(given, NoTokenError):
            raise NoTokenError(str(given)) from given
        return given

    def replace(self, refused: str) -> str:
        """Give another token than one that Dataverse answered with 401.

        A credential keeps its token until it expires, so a new credential asks for a new one.
        """
        with self._lock:
            if self._given == refused:
                self._given = self._credential = None
        return self.get()

    def _ask(self) -> str | NoTokenError:
        try:
            if self._credential is None:
                self._credential = self._new_credential()
            return self._credential.get_token(self._scope).token
        except _NO_TOKEN as error:
            return NoTokenError(f"no access token for Dataverse: {told(error)}")

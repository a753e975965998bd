"""Access tokens for Dataverse, from azure-identity, which caches them until they expire."""

import threading
from collections.abc import Callable
from typing import Protocol

from azure.core.exceptions import AzureError

from shared.dataverse.errors import NotSentError


class AccessToken(Protocol):
    @property
    def token(self) -> str: ...


class Credential(Protocol):
    """azure-identity's credentials, as far as they are used here."""

    def get_token(self, *scopes: str) -> AccessToken: ...


class TokenSource:
    """Hands out tokens of one scope; a refused token is replaced once for all who hold it."""

    def __init__(self, scope: str, new_credential: Callable[[], Credential]) -> None:
        self._scope = scope
        self._new_credential = new_credential
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._refused: str | None = None

    def get(self) -> str:
        """Give a token; raises NotSentError where none can be had."""
        with self._lock:
            if self._credential is None:
                self._credential = self._new_credential()
            credential = self._credential
        try:
            return credential.get_token(self._scope).token
        except AzureError as error:
            raise NotSentError(f"no access token for Dataverse: {error}") from error

    def replace(self, refused: str) -> str:
        """Give another token than one that Dataverse answered with 401.

        A credential keeps its token until it expires, so a new credential asks for a new one.
        """
        with self._lock:
            if self._refused != refused:
                self._refused = refused
                self._credential = None
        return self.get()

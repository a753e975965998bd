"""Callback URLs and submission ids: what only the app can have put on a run's flow session.

Both are signed, so that a forged one is told without any I/O.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.domain.identifiers import is_run_id
from shared.domain.signatures import is_signature, signature

_PURPOSE = "desktop-flow-broker/callback/1"
_SUBMISSION = "desktop-flow-broker/submission/1"
_PATH = "/api/callbacks/"
_OF_A_RUN = re.compile(rf"{_PATH}(?P<run>[0-9a-v]{{16}}-[0-9a-v]{{26}})/")


@dataclass(frozen=True, slots=True, repr=False)
class CallbackSigner:
    """Signs callback URLs of one environment, with `keys[0]`; accepts every key of `keys`."""

    environment: str
    keys: tuple[bytes, ...]

    @property
    def key_id(self) -> str:
        """Name the key that signs, without giving it away."""
        return _key_id(self.keys[0])

    def has_key(self, key_id: str) -> bool:
        """Say whether the key of this name is still accepted."""
        return key_id in map(_key_id, self.keys)

    def sign(self, run_id: str) -> str:
        """Give the signature for a run: HMAC-SHA256 cut to 128 bits, 32 hexadecimal digits."""
        return self._signature(self.keys[0], run_id)

    def accepts(self, run_id: str, given: str) -> bool:
        """Say whether one of the keys made this signature, in constant time for each key.

        What has not the form of a run's id was never signed.
        """
        return is_run_id(run_id) and is_signature(
            given, self.keys, _PURPOSE, self.environment, run_id
        )

    def url(self, base: str, run_id: str) -> str:
        """Build the callback URL of a run below `base`, the app's public address."""
        return f"{base}{_PATH}{run_id}/{self.sign(run_id)}"

    def urls(self, base: str, run_id: str) -> tuple[str, ...]:
        """List the URLs a session of this run may carry: one for each key."""
        return tuple(f"{base}{_PATH}{run_id}/{self._signature(key, run_id)}" for key in self.keys)

    def owns(self, url: str | None, run_id: str) -> bool:
        """Say whether a URL kept by Dataverse is one of this run's, whatever address came first.

        The address may have changed since the run was submitted; run and signature have not.
        """
        if url is None:
            return False
        head, separator, tail = url.lower().rpartition(f"{_PATH}{run_id}/")
        return bool(head and separator) and self.accepts(run_id, tail)

    def submission_id(self, run_id: str, attempt: int) -> str:
        """Give the GUID that the requests of a run's n-th submission carry."""
        return self._submission_id(self.keys[0], run_id, attempt)

    def submission_ids(self, run_id: str, attempts: Iterable[int]) -> tuple[str, ...]:
        """List the GUIDs that sessions of these submissions may show: one for each key."""
        numbers = tuple(attempts)
        return tuple(self._submission_id(key, run_id, n) for key in self.keys for n in numbers)

    def _submission_id(self, key: bytes, run_id: str, attempt: int) -> str:
        message = f"{_SUBMISSION}\n{self.environment.lower()}\n{run_id}\n{attempt}".encode()
        digest = hmac.new(key, message, hashlib.sha256).digest()
        return str(UUID(bytes=digest[:16], version=4))

    def _signature(self, key: bytes, run_id: str) -> str:
        return signature(key, _PURPOSE, self.environment, run_id)


def run_named_by(url: str | None) -> str | None:
    """Read which run a callback URL is of, by whatever key it was signed; None: of no run."""
    found = None if url is None else _OF_A_RUN.search(url.strip().lower())
    return None if found is None else found.group("run")


def _key_id(key: bytes) -> str:
    return hmac.new(key, f"{_PURPOSE}\nkey id".encode(), hashlib.sha256).hexdigest()[:16]

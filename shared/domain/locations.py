"""Locations: addresses below the app that authenticate themselves, for engines without a key.

An engine unsubscribes, or asks for the end of a run, at the `Location` it was answered with, and
may do so without the key of its connection. So the address is signed, as callback URLs are.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.signatures import is_signature, signature


class LocationKind(StrEnum):
    """What an address leads to; its value is the address's first part."""

    WAIT = "waits"
    POLL = "polls"
    SUBSCRIPTION = "subscriptions"


@dataclass(frozen=True, slots=True, repr=False)
class LocationSigner:
    """Signs addresses of one environment, with `keys[0]`; accepts every key of `keys`."""

    environment: str
    keys: tuple[bytes, ...]

    def path(self, kind: LocationKind, name: str) -> str:
        """Build an address below the app's `/api`: `waits/<name>/<signature>`."""
        made = signature(self.keys[0], _purpose(kind), self.environment, name)
        return f"{kind}/{name}/{made}"

    def accepts(self, kind: LocationKind, name: str, given: str) -> bool:
        """Say whether the app gave out this address."""
        return is_signature(given, self.keys, _purpose(kind), self.environment, name)


def _purpose(kind: LocationKind) -> str:
    """Name what a signature is for: one of an address of another kind opens nothing here."""
    return f"desktop-flow-broker/{kind}/1"

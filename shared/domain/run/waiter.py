"""A waiter: somebody who is told of one run's end, at an address of his own."""

import base64
import hashlib
from dataclasses import dataclass

_KEY_BYTES = 10


@dataclass(frozen=True, slots=True)
class Waiter:
    """Who waits for the end of a run. `key`: names his address, and no other.

    `cancels`: whether the run is cancelled when he leaves. `told`: a message was sent that has him
    told. `left`: he waits no more.
    """

    key: str
    cancels: bool = False
    told: bool = False
    left: bool = False


def waiter_key(url: str) -> str:
    """Name an address by its digest: its query holds a secret."""
    digest = hashlib.sha256(url.encode()).digest()[:_KEY_BYTES]
    return base64.b32hexencode(digest).decode().lower()

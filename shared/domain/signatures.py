"""Signatures of addresses: what the app has made itself is told from what was made up, without I/O.

A signature is for one purpose, in one environment, of one name: none opens anything else.
"""

import hashlib
import hmac
from collections.abc import Iterable

_BYTES = 16


def signature(key: bytes, purpose: str, environment: str, name: str) -> str:
    """Sign a name: HMAC-SHA256 cut to 128 bits, as 32 lower-case hexadecimal digits.

    Lower-case hexadecimal, because Dataverse compares the URL it keeps without regard to case.
    """
    message = f"{purpose}\n{environment.lower()}\n{name}".encode("utf-8", "replace")
    return hmac.new(key, message, hashlib.sha256).digest()[:_BYTES].hex()


def is_signature(
    given: str, keys: Iterable[bytes], purpose: str, environment: str, name: str
) -> bool:
    """Say whether one of the keys made this signature, in constant time for each key."""
    told = given.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(signature(key, purpose, environment, name).encode(), told)
        for key in keys
    ]
    return any(matches)

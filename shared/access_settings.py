"""The setting of the keys that may only read."""

import re

from shared.settings_reader import Reader

_NAME = "READ_ONLY_KEYS"
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def read_only_keys(reader: Reader) -> frozenset[str]:
    """Give the digests of the keys that may only read, in lower case; none: every key may act."""
    written = (reader.text(_NAME) or "").lower().split(",")
    digests = frozenset(each.strip() for each in written if each.strip())
    if not all(map(_DIGEST.fullmatch, digests)):
        must = "must be SHA-256 digests of keys, between commas, each of 64 hexadecimal digits"
        reader.faults.append(f"{_NAME} {must}")
        return frozenset()
    return digests

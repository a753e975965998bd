"""Idempotency keys: what a caller may name a request by, so that its repeat is the same run."""

import re

MUST_BE = "must be 1 to 255 printable ASCII characters, neither of its ends a space"

PATTERN = r"^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$"

_KEY = re.compile(PATTERN.removeprefix("^").removesuffix("$"))


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None

"""What a caller's key lets him do: everything, or nothing but read (the setting READ_ONLY_KEYS).

Whether a key opens the app at all is the host's to say. It knows no keys that only read; so the app
knows the digests of those that are to, and its edge asks here before any function is called.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from shared.domain.codes.operators import READ_ONLY
from shared.domain.errors import BrokerError

KEY_HEADER, KEY_PARAMETER = "x-functions-key", "code"
"""Where the host looks for a key."""

_READS = "GET"


class Access(StrEnum):
    FULL = "Full"
    READ_ONLY = "ReadOnly"


class ReadOnlyError(BrokerError):
    """The key of the request may only read."""

    code = READ_ONLY

    def __init__(self) -> None:
        super().__init__("The key of this request may only read; nothing was changed.")


@dataclass(slots=True)
class _Known:
    """The digests of the keys that may only read: one set for the whole app, by its settings."""

    digests: frozenset[str] = frozenset()


_known = _Known()


def let_only_read(digests: frozenset[str]) -> None:
    """Say which keys may only read, by their SHA-256 digests in lower-case hexadecimal digits."""
    _known.digests = digests


def access_of(req: func.HttpRequest) -> Access:
    """Tell what the key of a request lets its sender do.

    Where it carries several, wherever they stand, one that may only read is enough: which of them
    the host has looked at is not known here.
    """
    digests = _known.digests
    if digests and any(_digest(key) in digests for key in _keys(req)):
        return Access.READ_ONLY
    return Access.FULL


def check(req: func.HttpRequest) -> None:
    """Let a request pass that reads, or whose key may do more; raises ReadOnlyError."""
    if req.method.upper() != _READS and access_of(req) is Access.READ_ONLY:
        raise ReadOnlyError


def _keys(req: func.HttpRequest) -> Iterator[str]:
    """Give what may be a key: the host takes a parameter's name in any case, and the first value.

    Values that came under one name are handed over with commas between them.
    """
    query = (*req.params.items(), *parse_qsl(urlsplit(req.url).query))
    given = [value for name, value in query if name.lower() == KEY_PARAMETER]
    for value in (req.headers.get(KEY_HEADER) or "", *given):
        yield value.strip()
        yield from (each.strip() for each in value.split(","))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

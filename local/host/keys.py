"""Function keys: who may call what, as the host's auth levels say."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

HEADER = "x-functions-key"
QUERY_PARAMETER = "code"


@dataclass(frozen=True)
class Keys:
    """Host-wide function keys, one of which is told by the ready line, and the master key."""

    function: str = field(repr=False)
    master: str = field(repr=False)
    further: tuple[str, ...] = field(default=(), repr=False)

    def allow(self, auth_level: str, presented: str | None) -> bool:
        """Tell whether the key opens a function of this level (ANONYMOUS, FUNCTION or ADMIN)."""
        if auth_level == "ANONYMOUS":
            return True
        if not presented:
            return False
        is_master = _same(presented, self.master)
        is_function = any(_same(presented, each) for each in (self.function, *self.further))
        return is_master or (auth_level == "FUNCTION" and is_function)


def presented_key(request: Request) -> str | None:
    """Return the key of the request: of the header, or else of `?code=`."""
    return request.headers.get(HEADER) or request.query_params.get(QUERY_PARAMETER)


def _same(one: str, other: str) -> bool:
    """Compare in a time that tells nothing about where the keys differ."""
    return hmac.compare_digest(one.encode(), other.encode())

"""The app's own address in the links of its answers: every link of every answer is made here."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import azure.functions as func

PREFIX = "/api"
"""Where the host serves the functions: its default, which host.json leaves as it is."""

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = rf"(?=[^:]{{1,253}}(:|$)){_LABEL}(\.{_LABEL})*"
_HOST = re.compile(rf"({_NAME}|\[(?P<ip>[0-9a-f:.]+)\])(:(?P<port>\d{{1,5}}))?", re.ASCII)
_PORTS = range(1, 2**16)
_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes absolute links.

    `public_base`: what stands before `/api` in all of them, without a slash at its end; None: what
    the caller wrote. `trust_forwarded`: then a proxy's X-Forwarded-Host and X-Forwarded-Proto count
    before that.
    """

    public_base: str | None = None
    trust_forwarded: bool = False

    def link(self, req: func.HttpRequest, path: str, query: Mapping[str, str] | None = None) -> str:
        """Give the address of `path`, such as `runs/<id>`, for whoever sent this request.

        Whatever the request's own query held, be it the function key, stays out of it.
        """
        parameters = f"?{urlencode(query)}" if query else ""
        return f"{self._base(req)}{PREFIX}/{path}{parameters}"

    def _base(self, req: func.HttpRequest) -> str:
        if self.public_base is not None:
            return self.public_base
        url = urlsplit(req.url)
        forwarded = _forwarded(req.headers, url.scheme) if self.trust_forwarded else None
        return forwarded or f"{url.scheme}://{url.netloc}"


def _forwarded(headers: Mapping[str, str], scheme: str) -> str | None:
    """Read the address that a proxy was called at; None where that is no host[:port].

    Of several proxies the first named itself first.
    """
    host, proto = (
        headers.get(name, "").partition(",")[0].strip().lower()
        for name in ("X-Forwarded-Host", "X-Forwarded-Proto")
    )
    return f"{proto if proto in _SCHEMES else scheme}://{host}" if _is_host(host) else None


def _is_host(text: str) -> bool:
    """Say whether this is a name or an address of IP, with or without a port."""
    found = _HOST.fullmatch(text)
    if found is None or int(found["port"] or 1) not in _PORTS:
        return False
    try:
        return found["ip"] is None or bool(ipaddress.IPv6Address(found["ip"]))
    except ValueError:
        return False

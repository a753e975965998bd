"""Addresses: http(s) URLs of services, and what their host names tell."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_DNS_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"(?=.{{1,253}}$)({_DNS_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]")


def parse_address(text: str | None) -> SplitResult | None:
    """Read an http(s) URL that has a host, and neither user, query nor fragment; or None."""
    try:
        url = urlsplit(text or "")
        usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return None
    extras = url.username or url.password or url.query or url.fragment
    if not usable or extras or re.search(r"[\s\\]", text or ""):
        return None
    return url._replace(netloc=url.netloc.lower())


def is_loopback(url: SplitResult) -> bool:
    """Say whether the host is this machine, by its address or the name localhost."""
    host = url.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def has_public_name(url: SplitResult) -> bool:
    """Say whether the host is a DNS name of several labels, as Dataverse demands."""
    host = url.hostname or ""
    return _DNS_NAME.fullmatch(host) is not None and not host.endswith(".localhost")

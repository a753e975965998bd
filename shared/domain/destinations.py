"""Destinations: which addresses a run's end may be told to, as far as an address itself tells.

What its name resolves to is looked at when it is used (shared/webhooks/transport.py): a name
may stand for another machine by then.
"""

import base64
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from shared.domain.addresses import has_public_name

URL_LIMIT = 2_000
ENGINE_URL_LIMIT = 8_000
"""Engines name the workflow, its run and its action in an address, each again in its query."""

_PORT = r"0*([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"
_VISIBLE = r"\x21\x22\x24-\x5b\x5d-\x7e"  # ASCII without blanks, backslashes and hashes
URL_PATTERN = rf"^[hH][tT][tT][pP][sS]?://[A-Za-z0-9._-]+(:{_PORT})?([/?][{_VISIBLE}]*)?$"
"""A URL with a host and neither user nor fragment."""

_URL = re.compile(URL_PATTERN.removeprefix("^").removesuffix("$"), re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?(:\d{1,5})?")
_SECRET_BYTES = range(24, 65)
_LOCAL_NAMES = (".local", ".internal", ".localhost", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Destinations:
    """What an app may notify. `enabled`: it has a key to sign with.

    `private_hosts`: hosts (`name` or `name:port`, lower case) that an operator vouches for: they
    may be anywhere, be it in the app's own network, and need no TLS.
    """

    enabled: bool = False
    private_hosts: frozenset[str] = frozenset()

    def fault(self, text: str) -> str | None:
        """Say what an address must be that nothing may be sent to; None if it is all right."""
        if not self.enabled:
            return "cannot be used: the app has no NOTIFY_SIGNING_SECRET to sign with"
        return self._fault(parse_destination(text), must_be(URL_LIMIT))

    def engine_fault(self, text: str) -> str | None:
        """Say the same of an engine's address, which needs no key: it holds a secret of its own."""
        return self._fault(parse_engine_address(text), must_be(ENGINE_URL_LIMIT))

    def _fault(self, url: SplitResult | None, said: str) -> str | None:
        if url is None:
            return said
        if self.is_private(url) or (url.scheme == "https" and _is_public(url)):
            return None
        return "must be https with a public DNS name, or one of the app's NOTIFY_PRIVATE_HOSTS"

    def is_private(self, url: SplitResult) -> bool:
        """Say whether an operator vouches for this host."""
        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.hostname or ""
        return host in self.private_hosts or f"{host}:{port}" in self.private_hosts


def must_be(longest: int) -> str:
    """Say what an address of at most so many characters must be."""
    return f"must be an https URL of at most {longest:,} characters, without user and fragment"


def parse_engine_address(text: str) -> SplitResult | None:
    """Read the address of an engine, or of any other receiver, which may be longer."""
    return parse_destination(text, ENGINE_URL_LIMIT)


def parse_destination(text: str, longest: int = URL_LIMIT) -> SplitResult | None:
    """Read an http(s) URL of a host by name, without user and fragment; None otherwise."""
    return urlsplit(text) if len(text) <= longest and _URL.fullmatch(text) else None


def host_of(text: str) -> str:
    """Give the host of an address, in lower case; empty where there is none."""
    url = parse_engine_address(text)
    return (url.hostname or "") if url else ""


def told_address(text: str) -> str:
    """Give an address as it may be told to others: its query may hold a secret."""
    return text.partition("?")[0]


def read_secret(text: str) -> bytes | None:
    """Read a key in the form of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64."""
    try:
        secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        return None
    return secret if len(secret) in _SECRET_BYTES else None


def read_hosts(text: str) -> frozenset[str] | None:
    """Read `name` and `name:port` between commas, in lower case; None where one is none."""
    hosts = {each.strip().lower() for each in text.split(",")} - {""}
    return frozenset(hosts) if all(map(_HOST.fullmatch, hosts)) else None


def _is_public(url: SplitResult) -> bool:
    """Say whether the host is a name that can be public: no number of any form is one."""
    host = url.hostname or ""
    return has_public_name(url) and not host.endswith(_LOCAL_NAMES)

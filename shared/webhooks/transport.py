"""HTTP to receivers, whose addresses are strangers' input: only to public machines, if not allowed.

The address that a name resolves to is checked and then connected to, once for both, so a name that
changes its answer in between gains nothing. requests-hardened does that; what it does not know is
added here: Azure's own addresses, and one deadline for the whole call.
"""

import ipaddress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from shared.http.deadline import DeadlineAdapter
from shared.http.session import session_without_cookies

_AZURE_HOST = ipaddress.ip_address("168.63.129.16")
"""Public by its number, and yet the machine below: Microsoft Learn, "What is IP address
168.63.129.16?"."""

POOL_SIZE = 16


class ForbiddenAddressError(requests.RequestException):
    """The name resolves to an address that no notification goes to."""


class _PublicOnly(DeadlineAdapter, IPFilterAdapter):
    """Connects to public addresses and to no others."""

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        try:
            host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        except InvalidIPAddress as error:
            raise ForbiddenAddressError(f"{error} is no public address") from error
        address = ipaddress.ip_address(str(host["host"]).strip("[]"))
        if not is_public(address):
            raise ForbiddenAddressError(f"{address} is no public address")
        return host, pool


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether an address is anybody's: neither this network's, nor Azure's own."""
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address == _AZURE_HOST
    )


def public_session() -> requests.Session:
    """Make the session for receivers anywhere in the internet; safe to use from several threads."""
    return session_without_cookies(https=_PublicOnly(is_https_proto=True), http=_Nowhere())


def private_session() -> requests.Session:
    """Make the session for the hosts that an operator vouches for."""
    adapter = DeadlineAdapter(pool_maxsize=POOL_SIZE)
    return session_without_cookies(https=adapter, http=adapter)


class _Nowhere(HTTPAdapter):
    def send(self, *_: Any, **__: Any) -> requests.Response:
        raise ForbiddenAddressError("without TLS nothing is sent")

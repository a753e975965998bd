"""An HTTP client that calls the emulated Web API with a token, as an application does."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from local.admin_http import NO_TLS
from local.emulator.call import PREFIX
from local.emulator.identity import API_VERSION


def fetch_token(url: str, identity: Mapping[str, str]) -> str:
    """Ask the identity endpoint (its environment variables in `identity`) for a token of `url`."""
    answer = httpx.get(
        identity["IDENTITY_ENDPOINT"],
        params={"resource": url, "api-version": API_VERSION},
        headers={"X-IDENTITY-HEADER": identity["IDENTITY_HEADER"]},
        trust_env=False,
        verify=NO_TLS,
    )
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


def caller(url: str, identity: Mapping[str, str]) -> httpx.Client:
    """Return a client whose paths are relative to the Web API of the emulator at `url`."""
    headers = {
        "Authorization": f"Bearer {fetch_token(url, identity)}",
        "Accept": "application/json",
        "OData-Version": "4.0",
        "OData-MaxVersion": "4.0",
    }
    return httpx.Client(
        base_url=f"{url}{PREFIX}", headers=headers, timeout=30, trust_env=False, verify=NO_TLS
    )

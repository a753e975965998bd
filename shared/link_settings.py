"""The settings of the app's own address, as its links tell it to callers."""

from shared.domain.addresses import is_loopback, parse_address
from shared.settings_reader import Reader

_NAME = "PUBLIC_BASE_URL"


def public_base(reader: Reader) -> str | None:
    """Give what stands before `/api` in every link; None: what the caller's own address says."""
    value = reader.text(_NAME)
    if value is None:
        return None
    url = parse_address(value)
    if url is None or not value.isascii() or not (url.scheme == "https" or is_loopback(url)):
        must = "must be https://<host>, with what may stand before /api (http on loopback only)"
    elif url.path.rstrip("/").endswith("/api"):
        must = "must be the address of this app without /api"
    else:
        return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"
    reader.faults.append(f"{_NAME} {must}")
    return None


def trust_forwarded_host(reader: Reader) -> bool:
    """Say whether X-Forwarded-Host is a proxy's word, and not just any caller's."""
    return reader.flag("TRUST_FORWARDED_HOST")

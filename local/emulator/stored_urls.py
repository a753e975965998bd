"""What becomes of a callback URL on its way into the session's column: nobody documents it."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

UrlForm = Literal[
    "kept",
    "dropped",
    "default_port",
    "no_default_port",
    "host_upper",
    "host_lower",
    "trailing_slash",
    "no_trailing_slash",
    "percent_encoded",
    "percent_decoded",
    "truncated",
    "blanks",
]
PORT = re.compile(r":\d+$")
DEFAULT_PORTS = {"https": 443, "http": 80}


def stored_url(url: str | None, form: UrlForm, length: int) -> str | None:
    """Return what the column holds of the URL that was sent; `length` is for `truncated`."""
    if url is None or form == "dropped":
        return None
    if form in ("kept", "truncated", "blanks"):
        return {"kept": url, "truncated": url[:length], "blanks": f" {url} "}[form]
    parts = urlsplit(url)
    if form in ("trailing_slash", "no_trailing_slash", "percent_encoded", "percent_decoded"):
        return parts._replace(path=_path(parts.path, form)).geturl()
    return parts._replace(netloc=_netloc(parts, form)).geturl()


def _path(path: str, form: UrlForm) -> str:
    if form == "trailing_slash":
        return path if path.endswith("/") else f"{path}/"
    if form == "no_trailing_slash":
        return path.rstrip("/")
    if form == "percent_decoded":
        return unquote(path)
    # What needs no encoding is encoded, too: an address of letters and hyphens changes as well.
    changed = quote(unquote(path), safe="/")
    return "".join(f"%{ord(one):02X}" if one in "-._~" else one for one in changed)


def _netloc(parts: SplitResult, form: UrlForm) -> str:
    netloc, default = parts.netloc, DEFAULT_PORTS.get(parts.scheme)
    if form == "default_port":
        return netloc if PORT.search(netloc) else f"{netloc}:{default}"
    if form == "no_default_port":
        return netloc.removesuffix(f":{default}")
    return netloc.upper() if form == "host_upper" else netloc.lower()

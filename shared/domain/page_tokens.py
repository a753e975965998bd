"""Continuation tokens of pages: where to go on, in a form that fits into an address."""

import base64
import binascii


def token_of(place: str) -> str:
    """Write a place in a list as a token."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of_token(token: str) -> str | None:
    """Read a place from its token; None for what is not one."""
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (ValueError, binascii.Error):
        return None

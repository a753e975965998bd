"""What the proxy remembers of every request, in the shape in which the admin API tells it."""

from __future__ import annotations

from dataclasses import dataclass

BODY_CHARACTERS = 4_000


@dataclass
class ProxiedRequest:
    """One request: when it came (ms since the epoch), and how it ended, filled in when it has.

    `label` names the fault that hit it, empty if none did. `upstream_status` is what the service
    behind answered, None where the request was not forwarded or no answer came; `status` is what
    the caller was answered, None where the connection was cut. `body` is its beginning.
    """

    at_ms: int
    upstream: str
    method: str
    target: str
    body: str
    label: str
    upstream_status: int | None = None
    status: int | None = None

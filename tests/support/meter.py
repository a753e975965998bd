"""A meter on the wire: counts the requests of this process by the service that they go to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter


@dataclass
class Meter:
    """Counts the requests of this process, by the service that they go to."""

    places: dict[str, str]
    seen: Counter[str] = field(default_factory=Counter)

    def send(self, adapter: HTTPAdapter, request: requests.PreparedRequest, **rest: Any) -> Any:
        for place, service in self.places.items():  # a receiver is none of them
            if (request.url or "").startswith(place):
                self.seen[service] += 1
        return _SEND(adapter, request, **rest)


_SEND = HTTPAdapter.send


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Count until the end of the block."""
    with pytest.MonkeyPatch.context() as patch:

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **rest: Any) -> Any:
            return meter.send(adapter, request, **rest)

        patch.setattr(HTTPAdapter, "send", send)
        yield

"""Waits for the ends of runs, at addresses of engines that a test makes up."""

from __future__ import annotations

import json
from typing import Any

from shared.domain.request import StartRequest
from shared.domain.run.notification import Delivery
from shared.domain.wait_request import WaitRequest
from shared.services.starting.wait import Awaited
from tests.support.runs import REQUEST
from tests.support.services import Bench

URL = "https://prod-1.engine.example.org:443/workflows/a/run?sp=%2Frun&sig=hush-hush"
OTHER_URL = f"{URL}-2"
HEARD, FAILED = Delivery(), Delivery("it answered 500")
SILENT, GONE = Delivery("no answer", answered=False), Delivery("it answered 410", gone=True)


def wait(bench: Bench, url: str = URL, *, cancels: bool = False, key: str = "key") -> Awaited:
    request = WaitRequest(StartRequest(REQUEST, None), url, cancels)
    return bench.app.start_and_wait(request, key)


def told(bench: Bench) -> list[tuple[str, Any]]:
    """Give the addresses that were told of an end, each with what it was told."""
    return [(url, json.loads(text)) for url, _, text in bench.receiver.heard]

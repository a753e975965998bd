"""The admin API under `/_fault_proxy/`, the same at every address of a proxy."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import Any

from local.emulator.typed import read
from local.fault_proxy.faults import Fault
from local.fault_proxy.message import Message, made_answer
from local.fault_proxy.record import ProxiedRequest
from local.waiting_faults import WaitingFaults

PREFIX = "/_fault_proxy/"
"""No service behind a proxy has a path that begins so."""


class Desk:
    """What tests steer and look at: the faults that wait, and every request so far.

    `POST faults` adds some, `DELETE faults` removes all; `GET requests` and `DELETE requests`;
    `GET hits` counts the requests that each fault hit, by its label.
    """

    def __init__(self) -> None:
        self.faults = WaitingFaults[Fault]()
        self.requests: list[ProxiedRequest] = []

    def answer(self, request: Message) -> Message:
        """Answer a request to the admin API; 400 tells what is wrong with it."""
        try:
            body = self._do(f"{request.method} {request.target.removeprefix(PREFIX)}", request)
        except (ValueError, TypeError) as error:
            return _json(400, {"error": str(error)})
        return _json(200, body)

    def _do(self, order: str, request: Message) -> Any:
        if order == "GET hits":
            return Counter(each.label for each in self.requests if each.label)
        if order == "POST faults":
            for fault in [read(Fault, fields) for fields in json.loads(request.content)]:
                self.faults.add(fault)
        elif order == "DELETE faults":
            self.faults.clear()
        elif order == "GET requests":
            return [dataclasses.asdict(each) for each in self.requests]
        elif order == "DELETE requests":
            self.requests.clear()
        else:
            raise ValueError(f"there is no {order}")
        return None


def _json(status: int, body: Any) -> Message:
    return made_answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

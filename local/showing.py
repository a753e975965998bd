"""What `make up ARGS=--demo` shows: runs in every state, and some about which somebody decides.

Some hundred runs are started at once, so that a connection's window is full and a backlog waits;
after that one comes every few seconds, until the command ends.
"""

from __future__ import annotations

import itertools
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import (
    FINANCE_CONNECTION,
    FINANCE_REFERENCE,
    HR_CONNECTION,
    LOAD_CONNECTIONS,
    POST_INVOICE,
    READ_BALANCE,
    RESTART_SCANNER,
    UPDATE_EMPLOYEE,
)
from local.emulator.faults import Fault
from local.parts import Azurite, Emulator, FuncHost, FunctionHost
from local.reporting import CommandFailedError
from shared.queues import QueueNames

RECEIVER = "/receiver-that-left"
"""Where the emulator answers 410: a notification that goes there is given up at once."""

EMULATOR: dict[str, Any] = {"machines": 20, "run_seconds": 9}
SETTINGS = {
    "SWEEP_SCHEDULE": "*/2 * * * * *",
    "FIRST_POLL_SECONDS": "4",
    "LAST_POLL_SECONDS": "8",
    "SUBMISSION_DEADLINE_SECONDS": "5",
    "CONFIRM_ABSENT_SECONDS": "2",
    "NOTIFY_SIGNING_SECRET": "whsec_bWFkZSB1cCBmb3IgdGhlIGRlbW9uc3RyYXRpb24=",
    "NOTIFY_PRIVATE_HOSTS": "127.0.0.1",
}
"""What a deployed app does within minutes is to be seen within seconds."""

INVOICES = 84
"""More than a connection takes in a minute: those over it wait for their turn."""

PAUSED = "Month end: HR loads its master data until tomorrow morning"
FAILING_EVERY = 9
BETWEEN_SECONDS = 3
PATIENCE_SECONDS = 60

Json = dict[str, Any]


class Showing:
    """Fills an app with runs to look at, and keeps some coming."""

    def __init__(self, azurite: Azurite, emulator: Emulator, host: FuncHost | FunctionHost) -> None:
        headers = {"x-functions-key": host.function_key} if host.function_key else {}
        self._http = httpx.Client(base_url=f"{host.url}/api", headers=headers, timeout=60)
        self._storage = azurite.connection_string
        self._emulator = emulator
        self._invoices = _invoices(random.Random(7))
        self._bodies = _stream(self._invoices)
        self._key = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._next = 0.0

    def begin(self) -> None:
        """Start what is there from the beginning; CommandFailedError if the app refuses it."""
        self._prepare_dataverse()
        self._start([_employee(number) for number in range(1, 4)])
        self._start([_alike(), _alike()])
        self._start([_failing("WindowsIdentityIncorrect", 0), _failing("fail", 2)])
        self._start([_unheard(f"{self._emulator.url}{RECEIVER}")])
        self.crowd()
        self._pause(HR_CONNECTION)
        self._start([_employee(number) for number in range(4, 9)])
        self._reject()
        self._next = time.monotonic() + BETWEEN_SECONDS

    def go_on(self) -> None:
        """Start one more, if it is time for it."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + BETWEEN_SECONDS
            self._start([next(self._bodies)])

    def crowd(self) -> None:
        """Start more on one connection than it takes in a minute."""
        self._start(list(itertools.islice(self._invoices, INVOICES)))

    def close(self) -> None:
        self._http.close()

    def _prepare_dataverse(self) -> None:
        """Let one answer be lost, and one run never arrive, so that nobody can tell them apart."""
        with EmulatorAdmin(self._emulator.url) as admin:
            admin.change_behaviour(callbackurl_column="dropped")
            admin.add_fault(Fault(path=f"^{RECEIVER}$", status=410, times=None))
            lost = Fault(action="RunDesktopFlow", workflow=READ_BALANCE.id, lost_answer=True)
            admin.add_fault(lost)
            admin.add_fault(replace(lost, lost_answer=False, html=502))

    def _start(self, bodies: list[Json]) -> None:
        keyed = [
            body | {"idempotencyKey": f"shown-{self._key}-{next(self._numbers)}"} for body in bodies
        ]
        for answer in self._call("POST", "/runs/batch", json={"runs": keyed})["value"]:
            if "error" in answer:
                raise CommandFailedError(f"A run to show was refused: {answer['error']}")

    def _pause(self, connection: str) -> None:
        """Pause a lane once what was started on it is on its way."""
        ends = time.monotonic() + PATIENCE_SECONDS
        query = {"connectionName": connection, "status": "Queued"}
        while self._call("GET", "/runs", params=query)["value"] and time.monotonic() < ends:
            time.sleep(0.1)
        lanes = self._call("GET", "/lanes")["value"]
        lane = next(each for each in lanes if each["connectionName"] == connection)
        told = {"reason": PAUSED, "decidedBy": "operations"}
        self._call("POST", f"/lanes/{lane['laneId']}/pause", json=told)

    def _reject(self) -> None:
        """Put a message on the queue of requests that asks for nothing that can be started."""
        names = QueueNames()
        with QueueClient.from_connection_string(
            self._storage, names.requests, message_encode_policy=TextBase64EncodePolicy()
        ) as requests:
            with suppress(ResourceExistsError):
                requests.create_queue()
            requests.send_message('{"workflowId": "post invoice", "runMode": "whenever"}')

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise CommandFailedError(f"The app does not answer: {error}") from error
        if not answer.is_success:
            told = f"The app answered {method} {path} with {answer.status_code}: {answer.text}"
            raise CommandFailedError(told)
        return answer.json()


def _start_of(workflow_id: str, connection: str, inputs: Json | None, **fields: Any) -> Json:
    body = {"workflowId": workflow_id, "connectionName": connection, "runMode": "unattended"}
    return body | ({} if inputs is None else {"inputs": inputs}) | fields


def _invoices(chance: random.Random) -> Iterator[Json]:
    """Give invoices without an end; some fail at the robot."""
    for number in itertools.count(1):
        inputs: Json = {
            "InvoiceNumber": f"2026-{number:04d}",
            "Amount": chance.randrange(2_000, 900_000) / 100,
            "RunSeconds": chance.randrange(3, 18),
        }
        if number % FAILING_EVERY == 0:
            inputs["Outcome"] = "fail"
        yield _start_of(
            POST_INVOICE.id,
            FINANCE_REFERENCE,
            inputs,
            connectionType=2,
            correlationId=f"batch-{1 + number // 30}",
        )


def _employee(number: int) -> Json:
    inputs = {"EmployeeId": f"E{number:03d}", "Field": "Team", "Value": "Robots"}
    return _start_of(UPDATE_EMPLOYEE.id, HR_CONNECTION, inputs | {"RunSeconds": 4})


def _alike() -> Json:
    """Give the run that another one equals in all that Dataverse shows."""
    inputs = {"Account": "DE-4711", "RunSeconds": 30}
    return _start_of(READ_BALANCE.id, LOAD_CONNECTIONS[0], inputs, correlationId="balance 4711")


def _failing(outcome: str, seconds: int) -> Json:
    inputs = {"InvoiceNumber": "2026-9001", "Amount": 119, "Outcome": outcome}
    return _start_of(POST_INVOICE.id, LOAD_CONNECTIONS[1], inputs | {"RunSeconds": seconds})


def _unheard(receiver: str) -> Json:
    """Give a run of which nobody can be told."""
    return _start_of(RESTART_SCANNER.id, LOAD_CONNECTIONS[1], None, notifyUrl=receiver)


def _stream(invoices: Iterator[Json]) -> Iterator[Json]:
    """Give what comes later: an invoice, an employee, a scanner in turn."""
    employees = itertools.count(100)
    for number in itertools.count():
        kind = number % 4
        if kind == 1:
            yield _employee(next(employees))
        elif kind == 3:  # noqa: PLR2004 - one in four
            yield _start_of(RESTART_SCANNER.id, LOAD_CONNECTIONS[1], None)
        else:
            yield next(invoices) | {"connectionName": FINANCE_CONNECTION, "connectionType": 1}

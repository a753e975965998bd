"""An app's first minute: what it calls then and hardly again, on storage that holds nothing yet.

One run by a connection reference, whose first submission never arrives, makes all of these calls,
together with a message that is no request; each of them fails in the same way.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient

from local.emulator.catalogue import FINANCE_CONNECTION, FINANCE_REFERENCE
from local.fault_proxy.faults import Fault
from shared.queues import QueueNames
from tests.support.faulty.calls import (
    DATAVERSE_LATE_MS,
    NEVER_ARRIVES,
    TOKEN_LATE_MS,
    Call,
    batch,
    row,
    web_api,
)
from tests.support.faulty.cells import PATIENCE_SECONDS, PAUSE_SECONDS, Cell, run_all
from tests.support.faulty.network import Failure
from tests.support.faulty.world import World, faulty_world

NO_REQUEST = "This is no request."
URLS_KEPT = "fact:kept:callbackurl:"
NAMES = QueueNames()
REFERENCE = '"PartitionKey": "environment:.*"RowKey": "reference:'
FIRST_USE = (
    Call("table made", Fault(label="", method="POST", target="/Tables$")),
    Call("requests' queue made", Fault(label="", method="PUT", target=f"/{NAMES.requests}$")),
    Call("queue made", Fault(label="", method="PUT", target="/lane-wakeups$")),
    # Twice: MSAL asks no sooner than five seconds after an answer of 5xx.
    Call(
        "token fetched",
        Fault(label="", method="GET", target="^/msi/token"),
        times=2,
        late_ms=TOKEN_LATE_MS,
    ),
    Call("reference looked up", row("", "reference:", partition="environment:[^']+")),
    Call(
        "reference resolved",
        web_api("", "GET", r"connectionreferences\?"),
        late_ms=DATAVERSE_LATE_MS,
    ),
    Call("reference kept", batch("", "PATCH http", REFERENCE)),
    Call("reference first kept", batch("", "POST http", REFERENCE)),
    Call("lanes listed by the sweep", Fault(label="", method="GET", target="eq 'lanes' and")),
    Call("callback URLs looked up", row("", URLS_KEPT, partition="environment:[^']+")),
    Call("callback URLs learnt", batch("", "environment:", f'"RowKey": "{URLS_KEPT}')),
    # Few times: the host delivers a message that failed again after half a minute.
    Call(
        "rejections' queue made",
        Fault(label="", method="PUT", target=f"/{NAMES.rejections}$"),
        times=2,
    ),
    Call(
        "message rejected",
        Fault(label="", method="POST", target=f"/{NAMES.rejections}/messages"),
        times=3,
    ),
)

OF_THE_START = next(
    number for number, call in enumerate(FIRST_USE) if call.name == "reference looked up"
)
"""Which of them nobody makes before the start."""


def first_minute(folder: Path, failure: Failure) -> list[Cell]:
    """Run a world's first minute, in which all of FIRST_USE fails; one cell a call, of one run."""
    faults = [
        failure.on(
            replace(call.where, label=f"{call.name}: {failure.name}"),
            times=call.times,
            late_ms=call.late_ms,
        )
        for call in FIRST_USE
    ]
    cell = Cell(FIRST_USE[OF_THE_START], failure, FINANCE_CONNECTION, reference=FINANCE_REFERENCE)
    # The others from the beginning: the first sweep makes the table too.
    others = faults[:OF_THE_START] + faults[OF_THE_START + 1 :]
    with faulty_world(folder, replace(NEVER_ARRIVES, body=None), *others) as world:
        _send_no_request(world)
        run_all(world, [cell])
        _until_rejected(world)
        hits = _hits(world, faults)
    return [
        replace(cell, call=each, hits=hits[fault.label])
        for each, fault in zip(FIRST_USE, faults, strict=True)
    ]


def _send_no_request(world: World) -> None:
    with _queue(world, NAMES.requests) as requests:
        with suppress(ResourceExistsError):  # the first sweep makes it too
            requests.create_queue()
        requests.send_message(base64.b64encode(NO_REQUEST.encode()).decode())


def _until_rejected(world: World) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    with _queue(world, NAMES.rejections) as rejections:
        while not any(NO_REQUEST in text for text in _texts(rejections)):
            assert time.monotonic() < ends, "the message is lost"
            time.sleep(PAUSE_SECONDS)


def _hits(world: World, faults: Sequence[Fault]) -> Mapping[str, int]:
    """Give how often each fault has hit, once all have: what is learnt is kept after a run's end.

    Those that none has hit in the end are not waited for forever.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        hits = world.network.hits()
        if all(hits[fault.label] for fault in faults) or time.monotonic() > ends:
            return hits
        time.sleep(PAUSE_SECONDS)


def _texts(queue: QueueClient) -> list[str]:
    try:
        messages = queue.peek_messages(max_messages=32)
    except ResourceNotFoundError:
        return []
    return [base64.b64decode(message.content).decode() for message in messages]


def _queue(world: World, name: str) -> QueueClient:
    """Give a queue past the proxy."""
    return QueueClient.from_connection_string(world.broker.azurite.connection_string, name)

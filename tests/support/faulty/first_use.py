"""An app's first minute: what it calls then and hardly again, on storage that holds nothing yet.

One run by a connection reference, whose first submission never arrives, makes all of these calls;
each of them fails in the same way.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from local.emulator.catalogue import FINANCE_CONNECTION, FINANCE_REFERENCE
from local.fault_proxy.faults import Fault
from tests.support.faulty.calls import (
    DATAVERSE_LATE_MS,
    NEVER_ARRIVES,
    TOKEN_LATE_MS,
    Call,
    batch,
    row,
    web_api,
)
from tests.support.faulty.cells import Cell, run_all
from tests.support.faulty.network import Failure
from tests.support.faulty.world import faulty_world

REFERENCE = '"PartitionKey": "environment:.*"RowKey": "reference:'
FIRST_USE = (
    Call("table made", Fault(label="", method="POST", target="/Tables$")),
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
    Call("callback URLs looked up", row("", "callbackurl", partition="environment:[^']+")),
    Call("callback URLs learnt", batch("", "environment:", '"RowKey": "callbackurl"')),
)


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
    never_arrives = replace(NEVER_ARRIVES, body=None)
    call = replace(FIRST_USE[0], after=(never_arrives, *faults[1:]))
    cell = Cell(call, failure, FINANCE_CONNECTION, reference=FINANCE_REFERENCE)
    with faulty_world(folder) as world:
        run_all(world, [cell])
        hits = world.network.hits()
    return [
        replace(cell, call=each, hits=hits[fault.label])
        for each, fault in zip(FIRST_USE, faults, strict=True)
    ]

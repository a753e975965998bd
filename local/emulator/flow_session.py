"""A flow session: one run of a desktop flow, as Dataverse keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.emulator.broken_answers import Breakage
from local.emulator.catalogue import APPLICATION_USER_ID, MACHINE_GROUP_ID
from local.emulator.clock import iso
from local.emulator.odata_filter import Kind
from local.emulator.query import SHOWN, Table
from local.emulator.statuscodes import INACTIVE, UNFINISHED

RUN_MODES = {"attended": 1, "unattended": 2}
TRIGGERED_BY_API = 3


@dataclass
class FlowSession:
    """The session as it stands; times in ms since the epoch.

    `notify_url` is where the callback goes; `callbackurl` is the column, which may have lost it.
    `columns` are texts that stand in answers for a column's value, as JSON or not; None: the column
    is missing. Conditions and the order of queries go by the true values.
    `query_answer`, `read_answer`: how each query that would find it breaks, and each reading of it.
    """

    id: str
    workflow_id: str
    connection: str
    created_ms: int
    statuscode: int
    run_mode: str = "unattended"
    run_priority: str = "normal"
    timeout: int = 10_800
    inputs: str | None = None
    notify_url: str | None = None
    callbackurl: str | None = None
    visible_ms: int = 0
    started_ms: int | None = None
    completed_ms: int | None = None
    errorcode: str | None = None
    errormessage: str | None = None
    errordetails: str | None = None
    outputs: str | None = None
    machine: str | None = None
    version: int = 1
    correlationid: str | None = None
    clienttrackingid: str | None = None
    columns: dict[str, str | None] = field(default_factory=dict)
    query_answer: Breakage | None = None
    read_answer: Breakage | None = None

    @property
    def finished(self) -> bool:
        return self.statuscode not in UNFINISHED

    @property
    def statecode(self) -> int:
        return 1 if self.statuscode in INACTIVE else 0


COLUMNS: Mapping[str, Kind] = {
    "flowsessionid": "guid",
    "name": "text",
    "statuscode": "number",
    "statecode": "number",
    "createdon": "moment",
    "startedon": "moment",
    "completedon": "moment",
    "errorcode": "text",
    "errormessage": "text",
    "errordetails": "text",
    "runmode": "number",
    "triggertype": "number",
    "connectionid": "text",
    "callbackurl": "text",
    "correlationid": "text",
    "clienttrackingid": "text",
    "inputs": "guid",
    "outputs": "guid",
    "_regardingobjectid_value": "guid",
    "_machineid_value": "guid",
    "_machinegroupid_value": "guid",
    "_ownerid_value": "guid",
}
FLOW_SESSIONS = Table("flowsessions", "flowsessionid", COLUMNS)


def row_of(session: FlowSession) -> dict[str, Any]:
    """Write a session as a row of `flowsessions` (the Dataverse contract, section 6)."""
    return {
        "@odata.etag": f'W/"{session.version}"',
        "flowsessionid": session.id,
        "name": session.id,
        "statuscode": session.statuscode,
        "statecode": session.statecode,
        "createdon": iso(session.created_ms),
        "startedon": iso(session.started_ms),
        "completedon": iso(session.completed_ms),
        "errorcode": session.errorcode,
        "errormessage": session.errormessage,
        "errordetails": session.errordetails,
        "runmode": RUN_MODES[session.run_mode],
        "triggertype": TRIGGERED_BY_API,
        "connectionid": session.connection,
        "callbackurl": session.callbackurl,
        "correlationid": session.correlationid,
        "clienttrackingid": session.clienttrackingid,
        # The column of a file gives its id; here the session's own, as each has one at most.
        "inputs": session.id if session.inputs is not None else None,
        "outputs": session.id if session.outputs is not None else None,
        "_regardingobjectid_value": session.workflow_id,
        "_machineid_value": session.machine,
        "_machinegroupid_value": MACHINE_GROUP_ID,
        "_ownerid_value": APPLICATION_USER_ID,
        SHOWN: session.columns,
    }

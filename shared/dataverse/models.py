"""Dataverse's rows and bodies, translated into the values of the domain, in this one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.dataverse import edge
from shared.domain.request import RunRequest
from shared.domain.session import FlowSession

SESSION_COLUMNS = (
    "flowsessionid",
    "statuscode",
    "createdon",
    "startedon",
    "completedon",
    "errorcode",
    "errormessage",
    "errordetails",
    "callbackurl",
    "_regardingobjectid_value",
)
OPTIONAL_COLUMNS = ("connectionid", "triggertype", "correlationid", "clienttrackingid")
"""Columns that an older environment may not have; a session that does not show them can be read."""

REFERENCE_COLUMNS = (
    "connectionreferencelogicalname",
    "connectionreferencedisplayname",
    "connectionid",
    "connectorid",
    "statecode",
)

_DESKTOP_FLOWS = "/apis/shared_uiflow"
_COVERED = "ValidLicenseCoverage"


@dataclass(frozen=True, slots=True)
class Submitted:
    """RunDesktopFlow's answer: the new session, and what Dataverse has to say about the licence."""

    flow_session_id: str
    licence_warning: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionReference:
    """A connection reference; `connection` is None while none is bound to it.

    `for_desktop_flows`: whether its connector is theirs; `active`: whether Dataverse says so.
    """

    logical_name: str
    connection: str | None
    for_desktop_flows: bool = True
    active: bool = True
    display_name: str | None = None

    @property
    def usable(self) -> bool:
        return self.for_desktop_flows and self.active and self.connection is not None


def session(row: Mapping[str, Any]) -> FlowSession:
    """Read a row of `flowsessions` (the Dataverse contract, section 6).

    Raises ValueError if it has no id; any other value that cannot be read is None, alone.
    """
    return FlowSession(
        id=_id(row["flowsessionid"]),
        statuscode=edge.status_code(row.get("statuscode")),
        created_at=edge.instant(row.get("createdon")),
        started_at=edge.instant(row.get("startedon")),
        completed_at=edge.instant(row.get("completedon")),
        error_code=edge.code(row.get("errorcode")),
        error_message=edge.words(row.get("errormessage")),
        error_details=edge.words(row.get("errordetails")),
        callback_url=edge.text(row.get("callbackurl")),
        trigger_type=edge.whole(row.get("triggertype")),
        workflow_id=edge.row_id(row.get("_regardingobjectid_value")),
        connection=edge.text(row.get("connectionid")),
        correlation_id=edge.text(row.get("correlationid")),
        client_tracking_id=edge.text(row.get("clienttrackingid")),
    )


def submitted(body: Mapping[str, Any]) -> Submitted:
    """Read RunDesktopFlow's answer; raises KeyError or ValueError if it names no session."""
    licence = body.get("licenseCheck")
    warning = None
    if isinstance(licence, Mapping):
        code, message = edge.code(licence.get("code")), edge.words(licence.get("message"))
        if code not in (None, _COVERED):
            warning = f"{code}: {message or ''}".rstrip(": ")
    return Submitted(_id(body["flowsessionId"]), warning)


def reference(row: Mapping[str, Any]) -> ConnectionReference:
    """Read a row of `connectionreferences` (the Dataverse contract, section 4)."""
    connector = edge.text(row.get("connectorid")) or ""
    name = edge.text(row["connectionreferencelogicalname"])
    if name is None:
        raise ValueError("a connection reference without a name")
    return ConnectionReference(
        logical_name=name,
        connection=edge.text(row.get("connectionid")),
        for_desktop_flows=connector.strip().lower().endswith(_DESKTOP_FLOWS),
        active=row.get("statecode") is None or edge.whole(row.get("statecode")) == 0,
        display_name=edge.text(row.get("connectionreferencedisplayname")),
    )


def run_parameters(
    request: RunRequest, inputs: str | None, callback_url: str | None
) -> dict[str, Any]:
    """Write RunDesktopFlow's parameters; those that were not asked for are left out."""
    parameters = {
        "runMode": request.run_mode.value,
        "connectionName": request.connection_name,
        "connectionType": int(request.connection_type),
        "runPriority": request.run_priority.value if request.run_priority else None,
        "timeout": request.timeout,
        "inputs": inputs,
        "callbackUrl": callback_url,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def _id(value: Any) -> str:
    found = edge.row_id(value)
    if found is None:
        raise ValueError("a row without an id")
    return found

"""Dataverse's rows and bodies, translated into the values of the domain, in this one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.domain.guids import read_guid
from shared.domain.instants import from_iso
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
MATCHING_COLUMNS = (*SESSION_COLUMNS, "triggertype")
REFERENCE_COLUMNS = ("connectionreferencelogicalname", "connectionid", "connectorid", "statecode")

_DESKTOP_FLOWS = "/apis/shared_uiflow"
_COVERED = "ValidLicenseCoverage"


@dataclass(frozen=True, slots=True)
class Submitted:
    """RunDesktopFlow's answer: the new session, and what Dataverse has to say about the licence."""

    flow_session_id: str
    licence_warning: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionReference:
    """A connection reference; `connection` is None while none is bound to it."""

    logical_name: str
    connection: str | None
    usable: bool


def session(row: Mapping[str, Any]) -> FlowSession:
    """Read a row of `flowsessions` (the Dataverse contract, section 6)."""
    return FlowSession(
        id=str(UUID(row["flowsessionid"])),
        statuscode=int(row.get("statuscode") or 0),
        created_at=_instant(row.get("createdon")),
        started_at=_instant(row.get("startedon")),
        completed_at=_instant(row.get("completedon")),
        error_code=_text(row.get("errorcode")),
        error_message=_text(row.get("errormessage")),
        error_details=_text(row.get("errordetails")),
        callback_url=_text(row.get("callbackurl")),
        trigger_type=row.get("triggertype"),
        workflow_id=read_guid(row.get("_regardingobjectid_value")),
    )


def submitted(body: Mapping[str, Any]) -> Submitted:
    """Read RunDesktopFlow's answer; raises KeyError or ValueError if it names no session."""
    licence = body.get("licenseCheck")
    warning = None
    if isinstance(licence, Mapping) and licence.get("code") not in (None, "", _COVERED):
        warning = f"{licence['code']}: {licence.get('message') or ''}".rstrip(": ")
    return Submitted(str(UUID(body["flowsessionId"])), warning)


def reference(row: Mapping[str, Any]) -> ConnectionReference:
    """Read a row of `connectionreferences` (the Dataverse contract, section 4)."""
    connector = _text(row.get("connectorid")) or ""
    connection = _text(row.get("connectionid"))
    usable = connector.lower().endswith(_DESKTOP_FLOWS) and row.get("statecode") in (None, 0)
    return ConnectionReference(
        logical_name=str(row["connectionreferencelogicalname"]),
        connection=connection,
        usable=usable and connection is not None,
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


def _instant(value: Any) -> int | None:
    return from_iso(value) if isinstance(value, str) and value else None


def _text(value: Any) -> str | None:
    """Read a text; half of a surrogate pair, which JSON can hold, fits in no UTF-8 storage."""
    return str(value).encode("utf-8", "replace").decode() if value else None

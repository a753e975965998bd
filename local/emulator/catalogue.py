"""What the emulated environment holds: desktop flows, connections, connection references."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

ORGANIZATION_ID = "5f0f9c3a-0f6e-4b53-9c7d-3a7a1c2f0001"
BUSINESS_UNIT_ID = "5f0f9c3a-0f6e-4b53-9c7d-3a7a1c2f0002"
APPLICATION_USER_ID = "5f0f9c3a-0f6e-4b53-9c7d-3a7a1c2f0003"
MACHINE_GROUP_ID = "5f0f9c3a-0f6e-4b53-9c7d-3a7a1c2f0004"

FINANCE_CONNECTION = "shared-finance-01"
HR_CONNECTION = "shared-hr-01"
LOAD_CONNECTIONS = tuple(f"shared-load-{number:02}" for number in range(1, 11))
FINANCE_REFERENCE = "dfb_FinanceRobots"
HR_REFERENCE = "dfb_HrRobots"
DISABLED_REFERENCE = "dfb_RetiredRobots"
UNBOUND_REFERENCE = "dfb_UnboundRobots"

DESKTOP_FLOWS = "/providers/Microsoft.PowerApps/apis/shared_uiflow"
_LOAD_CONNECTION = re.compile(r"shared-load-\d{1,6}")
_CONNECTIONS = frozenset({FINANCE_CONNECTION, HR_CONNECTION})


@dataclass(frozen=True)
class Parameter:
    """An input or output of a desktop flow."""

    name: str
    kind: str = "string"
    default: str | float | None = None

    def schema(self) -> dict[str, Any]:
        return {
            "title": self.name,
            "description": "",
            "default": self.default,
            "format": None,
            "type": self.kind,
            "value": None,
        }


@dataclass(frozen=True)
class Workflow:
    """A published desktop flow."""

    id: str
    name: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]

    def row(self) -> dict[str, Any]:
        return {
            "@odata.etag": 'W/"1"',
            "workflowid": self.id,
            "name": self.name,
            "category": 6,
            "statecode": 1,
            "statuscode": 2,
            "_ownerid_value": APPLICATION_USER_ID,
        }


@dataclass(frozen=True)
class ConnectionReference:
    """A connection reference; `connection` is None while none is bound to it."""

    id: str
    logical_name: str
    display_name: str
    connection: str | None
    active: bool = True

    def row(self) -> dict[str, Any]:
        return {
            "@odata.etag": 'W/"1"',
            "connectionreferenceid": self.id,
            "connectionreferencelogicalname": self.logical_name,
            "connectionreferencedisplayname": self.display_name,
            "connectorid": DESKTOP_FLOWS,
            "connectionid": self.connection,
            "statecode": 0 if self.active else 1,
        }


POST_INVOICE = Workflow(
    "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
    "Post invoice",
    (
        Parameter("InvoiceNumber"),
        Parameter("Amount", "number"),
        Parameter("Currency", default="EUR"),
    ),
    (Parameter("Result"), Parameter("DocumentNumber")),
)
UPDATE_EMPLOYEE = Workflow(
    "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a02",
    "Update employee",
    (Parameter("EmployeeId"), Parameter("Field"), Parameter("Value")),
    (Parameter("Result"),),
)
READ_BALANCE = Workflow(
    "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a03",
    "Read balance",
    (Parameter("Account"),),
    (Parameter("Result"), Parameter("Balance", "number")),
)
WORKFLOWS = {flow.id: flow for flow in (POST_INVOICE, UPDATE_EMPLOYEE, READ_BALANCE)}
REFERENCES = (
    ConnectionReference(
        "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1b01",
        FINANCE_REFERENCE,
        "Finance robots",
        FINANCE_CONNECTION,
    ),
    ConnectionReference(
        "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1b02", HR_REFERENCE, "HR robots", HR_CONNECTION
    ),
    ConnectionReference(
        "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1b03",
        DISABLED_REFERENCE,
        "Retired robots",
        FINANCE_CONNECTION,
        active=False,
    ),
    ConnectionReference(
        "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1b04", UNBOUND_REFERENCE, "Unbound robots", None
    ),
)

BY_CONNECTION, BY_REFERENCE = 1, 2


def is_connection(name: str) -> bool:
    """Say whether there is a connection of this name."""
    return name in _CONNECTIONS or _LOAD_CONNECTION.fullmatch(name) is not None

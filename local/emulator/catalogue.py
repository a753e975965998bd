"""What the emulated environment holds: desktop flows, connections, connection references."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

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
OTHER_REFERENCE = "dfb_InvoiceFolder"

DESKTOP_FLOWS = "/providers/Microsoft.PowerApps/apis/shared_uiflow"
SHAREPOINT = "/providers/Microsoft.PowerApps/apis/shared_sharepointonline"
MODERN_FLOW, DESKTOP_FLOW = 5, 6
DEFINITION, ACTIVATION = 1, 2
_LOAD_CONNECTION = re.compile(r"shared-load-\d{1,6}")
_CONNECTIONS = frozenset({FINANCE_CONNECTION, HR_CONNECTION})


Kind = Literal["string", "number", "integer", "boolean", "object", "array", "datetime"]


@dataclass(frozen=True)
class Parameter:
    """An input or output of a desktop flow; how it is told, flow_schemas.py says."""

    name: str
    kind: Kind = "string"
    default: Any = None
    description: str = ""
    sensitive: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Workflow:
    """A desktop flow."""

    id: str
    name: str
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()
    description: str | None = None
    published: bool = True

    def row(self) -> dict[str, Any]:
        return {
            "@odata.etag": 'W/"1"',
            "workflowid": self.id,
            "name": self.name,
            "description": self.description,
            "category": DESKTOP_FLOW,
            "type": DEFINITION,
            "uiflowtype": 2,
            "componentstate": 0 if self.published else 1,
            "statecode": 1 if self.published else 0,
            "statuscode": 2 if self.published else 1,
            "clientdata": "x" * 1000,
            "definition": "x" * 1000,
            "inputs": None,
            "outputs": None,
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
    connector: str = DESKTOP_FLOWS

    def row(self) -> dict[str, Any]:
        return {
            "@odata.etag": 'W/"1"',
            "connectionreferenceid": self.id,
            "connectionreferencelogicalname": self.logical_name,
            "connectionreferencedisplayname": self.display_name,
            "connectorid": self.connector,
            "connectionid": self.connection,
            "statecode": 0 if self.active else 1,
        }


POST_INVOICE = Workflow(
    "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
    "Post invoice",
    (
        Parameter("InvoiceNumber", description="As it stands on the invoice"),
        Parameter("Amount", "number"),
        Parameter("Currency", default="EUR"),
    ),
    (Parameter("Result"), Parameter("DocumentNumber")),
    "Posts an invoice in the finance system.",
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
REGISTER_SUPPLIER = Workflow(
    "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a04",
    "Register supplier",
    (
        Parameter("Name"),
        Parameter("CreditLimit", "number", 1000.50),
        Parameter("PaymentDays", "integer", 30),
        Parameter("Preferred", "boolean", default=False),
        Parameter("ValidFrom", "datetime", optional=True),
        Parameter("Address", "object", optional=True),
        Parameter("Contacts", "array", optional=True),
        Parameter("PortalPassword", sensitive=True, description="Of the supplier portal"),
    ),
    (Parameter("SupplierNumber"), Parameter("Warnings", "array"), Parameter("Created", "boolean")),
    "Registers a supplier in the portal; it has an input of each type.",
)
RESTART_SCANNER = Workflow(
    "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a05",
    "Restart scanner",
    description="Has neither inputs nor outputs.",
)
WORKFLOWS = {
    flow.id: flow
    for flow in (POST_INVOICE, UPDATE_EMPLOYEE, READ_BALANCE, REGISTER_SUPPLIER, RESTART_SCANNER)
}
POST_CREDIT_NOTE = Workflow(
    "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a06",
    "Post credit note",
    (Parameter("InvoiceNumber"),),
    published=False,
)
DRAFTS = {POST_CREDIT_NOTE.id: POST_CREDIT_NOTE}
CLOUD_FLOW = Workflow("8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a07", "Notify approvers").row() | {
    "category": MODERN_FLOW,
    "uiflowtype": None,
}
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
    ConnectionReference(
        "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1b05",
        OTHER_REFERENCE,
        "Invoice folder",
        "shared-sharepoint-01",
        connector=SHAREPOINT,
    ),
)

BY_CONNECTION, BY_REFERENCE = 1, 2


def is_connection(name: str) -> bool:
    """Say whether there is a connection of this name."""
    return name in _CONNECTIONS or _LOAD_CONNECTION.fullmatch(name) is not None

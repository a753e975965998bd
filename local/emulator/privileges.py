"""What the app's user may do: its privileges, by name, and the switches that take them away."""

from __future__ import annotations

from typing import Any

from local.emulator.behaviour import Behaviour
from local.emulator.catalogue import APPLICATION_USER_ID, BUSINESS_UNIT_ID
from local.emulator.errors import missing_privilege, not_found

CREATE_SESSION, READ_SESSION = "prvCreateflowsession", "prvReadflowsession"
WRITE_SESSION = "prvWriteflowsession"
READ_FLOW, READ_REFERENCE = "prvReadWorkflow", "prvReadconnectionreference"
TRIGGERING = (
    CREATE_SESSION,
    WRITE_SESSION,
    "prvAppendflowsession",
    "prvAppendToflowsession",
    "prvCreateworkflowbinary",
    "prvWriteworkflowbinary",
    "prvAppendworkflowbinary",
    "prvAppendToworkflowbinary",
    READ_FLOW,
    "prvReaddesktopflowbinary",
)
"""What RunDesktopFlow asks for; which of them is looked for first is not documented."""

PRIVILEGES = (*TRIGGERING, READ_SESSION, "prvReadworkflowbinary", READ_REFERENCE)


def lacking(behaviour: Behaviour) -> frozenset[str]:
    """Name the privileges that the user has not, in lower case."""
    switched_off = {
        CREATE_SESSION: behaviour.may_trigger,
        READ_SESSION: behaviour.may_read_sessions,
        READ_FLOW: behaviour.may_read_flows,
        READ_REFERENCE: behaviour.may_read_references,
    }
    named = (
        *behaviour.missing_privileges,
        *(name for name, has in switched_off.items() if not has),
    )
    return frozenset(name.lower() for name in named)


def demand(behaviour: Behaviour, *names: str) -> None:
    """Refuse a call that needs privileges of which the user lacks one; raises WebApiError."""
    without = lacking(behaviour)
    for name in names:
        if name.lower() in without:
            raise missing_privilege(name, APPLICATION_USER_ID)


def role_privileges(behaviour: Behaviour, user: str) -> list[dict[str, Any]]:
    """List what a user has; raises WebApiError for one that there is not."""
    if user.lower() != APPLICATION_USER_ID:
        raise not_found("SystemUser", user)
    without = lacking(behaviour)
    return [
        {
            "Depth": "Global",
            "PrivilegeId": f"5f0f9c3a-0f6e-4b53-9c7d-3a7a1c2f1{number:03}",
            "BusinessUnitId": BUSINESS_UNIT_ID,
            "PrivilegeName": name,
            "RecordFilterId": "00000000-0000-0000-0000-000000000000",
            "RecordFilterUniqueName": "",
        }
        for number, name in enumerate(PRIVILEGES)
        if name.lower() not in without
    ]

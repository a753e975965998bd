"""What Azure would take: roles, versions, nothing that Flex Consumption refuses."""

from __future__ import annotations

import re

from local.infra_checks.bicep import (
    Bicep,
    Node,
    files,
    line_of,
    literal,
    properties,
    text_of,
    within,
)
from local.infra_checks.known import (
    API_VERSIONS,
    ASSIGNED,
    FORBIDDEN_PROPERTIES,
    FORBIDDEN_SETTINGS,
    READ,
    ROLES,
)
from local.infra_checks.sources import Fault, Sources

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"


def check_versions(sources: Sources) -> list[Fault]:
    """Find resources whose type, or version of it, is not in the list."""
    faults = []
    for file in files(sources):
        for resource in file.resources:
            thing = f"{resource.symbol} ({resource.type})"
            known = API_VERSIONS.get(resource.type)
            if known is None:
                faults.append(Fault(file.path, thing, f"is no type of the list of {READ}"))
            elif known != resource.version:
                what = f"has version {resource.version}; the list of {READ} has {known}"
                faults.append(Fault(file.path, thing, what))
    return faults


def check_roles(sources: Sources) -> list[Fault]:
    """Find ids of no role, ids of another role than their names say, and roles too many or few."""
    faults = []
    assigned = set()
    for file in files(sources):
        roles = {name: literal(node) for name, node in file.variables.items() if _is_id(node)}
        faults += _misnamed(file.path, roles)
        for node in within(file.root, "string"):
            if _is_id(node) and (node.parent is None or node.parent.type != "variable_declaration"):
                what = f"(line {line_of(node)}) has to be a variable that is named for its role"
                faults.append(Fault(file.path, text_of(node), what))
        for each in (each for each in file.resources if each.type == _ASSIGNMENT):
            found = _assignment(each.body, roles)
            assigned.add(found)
            if found not in ASSIGNED:
                what = f"assigns {found[0]} on {found[1]} to {found[2]}, which nothing needs"
                faults.append(Fault(file.path, each.symbol, what))
    for role, scope, to in sorted(ASSIGNED - assigned):
        faults.append(Fault("infra/modules", role, f"is not assigned on {scope} to {to}"))
    return faults


def check_forbidden(sources: Sources) -> list[Fault]:
    """Find settings and properties that Flex Consumption does not take, wherever they stand."""
    forbidden = {name.casefold() for name in FORBIDDEN_SETTINGS | FORBIDDEN_PROPERTIES}
    faults = []
    for file in files(sources):
        for pair in within(file.root, "object_property"):
            key = pair.named_children[0]
            name = literal(key) or text_of(key)
            if name.casefold() in forbidden:
                what = f"(line {line_of(pair)}) is not taken by Flex Consumption"
                faults.append(Fault(file.path, name, what))
    return faults


def check_identity(sources: Sources) -> list[Fault]:
    """Find a resource that would let somebody in with a key."""
    wanted = {
        "Microsoft.Storage/storageAccounts": {
            "allowSharedKeyAccess": "false",
            "allowBlobPublicAccess": "false",
            "minimumTlsVersion": "'TLS1_2'",
        },
        "Microsoft.KeyVault/vaults": {"enableRbacAuthorization": "true"},
        "Microsoft.Insights/components": {"DisableLocalAuth": "true"},
        "Microsoft.Web/sites": {"httpsOnly": "true", "keyVaultReferenceIdentity": "identityId"},
    }
    faults = []
    for file, resource, has in _made(files(sources)):
        for name, value in wanted.get(resource, {}).items():
            if has.get(name) != value:
                what = f"has to be {value} ({resource})"
                faults.append(Fault(file, name, what))
    return faults


def _made(found: list[Bicep]) -> list[tuple[str, str, dict[str, str]]]:
    """List the resources that are made: file, type, and the properties as they are written."""
    return [
        (file.path, each.type, {name: text_of(node) for name, node in properties(inner).items()})
        for file in found
        for each in file.resources
        if not each.existing and (inner := properties(each.body).get("properties")) is not None
    ]


def _is_id(node: Node) -> bool:
    return _GUID.fullmatch(literal(node) or "") is not None


def _misnamed(path: str, roles: dict[str, str | None]) -> list[Fault]:
    faults = []
    for name, role_id in roles.items():
        role = ROLES.get(role_id or "")
        if role is None:
            faults.append(Fault(path, name, f"is {role_id}, no role of the list of {READ}"))
        elif role.replace(" ", "").casefold() != name.casefold():
            faults.append(Fault(path, name, f"has the id of {role}"))
    return faults


def _assignment(body: Node, roles: dict[str, str | None]) -> tuple[str, str, str]:
    """Read which role a resource assigns, on what, and to whom."""
    outer = properties(body)
    inner = properties(outer["properties"])
    named = [text_of(node) for node in within(inner["roleDefinitionId"], "identifier")]
    ids = [roles[name] for name in named if name in roles]
    role = ROLES.get(ids[0] or "", "an unknown role") if ids else "an unknown role"
    return role, text_of(outer["scope"]), text_of(inner["principalId"])

"""What the connector is to a canvas app: functions, their arguments, and what they give back.

As Power Fx reads a definition (its library Microsoft.PowerFx.Connectors): operations that are
internal, and those of paths with a notification, are left out; what is required comes by position,
of the path first, then of the query, of headers and of the body; all else is in one record at the
end; and what is given back is the schema of the lowest 2xx.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.connector_rules.rule import Json, operations, resolved

_ORDER = ("path", "query", "header")


@dataclass(frozen=True)
class Function:
    """A function: what it takes by position and by name, and the schema of what it gives."""

    positional: dict[str, Json]
    named: dict[str, Json]
    gives: Json


def functions_of(document: Json) -> dict[str, Function]:
    found = {}
    for operation in operations(document):
        if operation.internal or "x-ms-notification-content" in operation.item:
            continue
        needed: list[tuple[str, Json]] = []
        named: dict[str, Json] = {}
        for place in _ORDER:
            for each in operation.parameters:
                if each["in"] == place and each["required"]:
                    needed.append((each["name"], each))
                elif each["in"] == place:
                    named[each["name"]] = each
        for each in operation.parameters:
            body = resolved(document, each["schema"]) if each["in"] == "body" else {}
            for name, schema in body.get("properties", {}).items():
                if name in body["required"]:
                    needed.append((name, schema))
                else:
                    named[name] = schema
        lowest = min(status for status in operation.responses if status.startswith("2"))
        gives: dict[str, Any] = operation.responses[lowest].get("schema", {})
        found[operation.id] = Function(dict(needed), named, resolved(document, gives))
    return found

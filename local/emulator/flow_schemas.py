"""The schema files of a desktop flow, as documented, and by the switches where no document says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.emulator.behaviour import Behaviour
from local.emulator.catalogue import Parameter

DOCUMENTED_TYPES = ("string", "number")
_SENSITIVE: dict[str, dict[str, Any]] = {
    "format": {"format": "password"},
    "type": {"type": "securestring"},
    "flag": {"isSensitive": True},
    "not_told": {},
}


def schema_of(
    parameters: Sequence[Parameter], behaviour: Behaviour, *, of_inputs: bool
) -> dict[str, Any]:
    """Write a schema file that has parameters (the Dataverse contract, section 3)."""
    properties = {each.name: _property(each, behaviour, of_inputs=of_inputs) for each in parameters}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if of_inputs and behaviour.mandatory_as == "list":
        schema["required"] = [each.name for each in parameters if not each.optional]
    return {"schema": schema}


def _property(parameter: Parameter, behaviour: Behaviour, *, of_inputs: bool) -> dict[str, Any]:
    kind: str | None = parameter.kind
    if kind not in DOCUMENTED_TYPES and behaviour.undocumented_types != "named":
        kind = "string" if behaviour.undocumented_types == "string" else None
    default = "" if parameter.default is None else parameter.default
    told: dict[str, Any] = {
        "title": parameter.name,
        "description": parameter.description,
        "default": default if behaviour.default_as == "default" else "",
        "format": None,
        "type": kind,
        "value": _value(parameter, behaviour) if of_inputs else None,
    }
    if parameter.sensitive:
        told |= _SENSITIVE[behaviour.sensitive_as]
    if of_inputs and behaviour.mandatory_as == "flag":
        told["required"] = not parameter.optional
    return told


def _value(parameter: Parameter, behaviour: Behaviour) -> str:
    """Write what stands in `value`, which the documentation shows as text and does not explain."""
    if behaviour.default_as == "value" and parameter.default is not None:
        return str(parameter.default)
    return "0" if parameter.kind == "number" else ""
